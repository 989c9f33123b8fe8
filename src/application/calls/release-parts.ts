import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** What an adapter has not released by then is left to its sweeper: the call is over all the same. */
const RELEASE_DEADLINE_MS = 5000;

/** Waits until everything of a call is released; what is not, or fails, is told. Never rejects. */
export async function releaseParts(parts: readonly Promise<void>[], { clock, log }: { readonly clock: Clock; readonly log: Logger }): Promise<void> {
  const limit = deadline(clock, RELEASE_DEADLINE_MS);
  const results = await Promise.allSettled(parts.map((part) => orAborted(part, limit.signal)));
  limit.clear();
  for (const result of results) {
    if (result.status === 'rejected') log.warn('release of a call incomplete', {}, result.reason);
  }
}
