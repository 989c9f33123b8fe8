import type { TenantId } from '../../domain/shared/ids.js';

/** Something that knows people by their number, and can forget one. */
export interface SubjectEraser {
  /** What it forgets: plural, as the answer names it. */
  readonly what: 'recordings' | 'calls';
  /** How many there were. */
  readonly erase: (tenantId: TenantId, number: string, signal: AbortSignal) => Promise<number>;
}

/** All of them are asked even when one fails; then it throws, and asking again goes on where it stood. */
export async function eraseSubject(erasers: readonly SubjectEraser[], tenantId: TenantId, number: string, signal: AbortSignal): Promise<Readonly<Record<SubjectEraser['what'], number>>> {
  const erased = { recordings: 0, calls: 0 };
  const results = await Promise.allSettled(erasers.map(async ({ what, erase }) => { erased[what] += await erase(tenantId, number, signal); }));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return erased;
}
