import type { TenantId } from '../../domain/shared/ids.js';

/**
 * Who does not want to be recorded, by tenant and number. Keeps no number: only a keyed hash of its digits. A number without digits
 * is nobody's. Throws PortError `recording-refusals/*`.
 */
export interface RecordingRefusals {
  has(tenantId: TenantId, number: string, signal: AbortSignal): Promise<boolean>;
  /** Durable when it resolves. Idempotent. */
  add(tenantId: TenantId, number: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
