import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { deadline } from './deadline.js';
import { orAborted } from './or-aborted.js';

/** Waits for everything that is being released, `limitMs` at most: what has not ended by then is left to whoever sweeps. Never rejects; tells what failed. */
export async function settleAll(parts: readonly Promise<unknown>[], limitMs: number, { clock, log }: { readonly clock: Clock; readonly log: Logger }): Promise<void> {
  const limit = deadline(clock, limitMs);
  const results = await Promise.allSettled(parts.map((part) => orAborted(part, limit.signal)));
  limit.clear();
  for (const result of results) {
    if (result.status === 'rejected') log.warn('release of a call incomplete', {}, result.reason);
  }
}
