import type { TenantId } from '../../domain/shared/ids.js';

/** A link is good for so long at most. */
export const LINK_TTL_MS = 300_000;

/** Links that open one recording to whoever has them, for a while, without asking anybody. In characters that a URL may hold. */
export interface RecordingLinks {
  /** `untilMs`: wall clock. */
  issue(tenantId: TenantId, recordingId: string, untilMs: number): string;
  /** Null: it is none of ours, was changed, or its time is up. */
  open(link: string, nowMs: number): { readonly tenantId: TenantId; readonly recordingId: string } | null;
}
