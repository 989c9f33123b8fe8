import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallId } from '../../domain/shared/ids.js';
import { NODE_ORDER_DEADLINE_MS } from '../ports/call-orders.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { codeOf, PortError } from '../ports/port-error.js';
import type { Erased, Subject, SubjectEraser } from './subject-eraser.js';

/** Whoever asked has been told by then that it was not confirmed. */
const ERASING_MS_MAX = 30_000;
/** An answer waits so long for the followers of its own node, as it does for other nodes. */
export const FOLLOWERS_WAIT_MS = NODE_ORDER_DEADLINE_MS;
/** Works of followers at one time; they take their turns with the disk. */
const FOLLOWING_MAX = 20;

export interface EraseHerePorts {
  /** Of this node, and of what nodes share. */
  readonly erasers: readonly SubjectEraser[];
  /** Asked when those are done, and told which calls they have found: for things that name their call, and not always the number. */
  readonly followers: readonly SubjectEraser[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ErasedHere {
  readonly erased: Erased;
  /** Of the person, as far as anybody here knows. */
  readonly callIds: ReadonlySet<CallId>;
  readonly failures: readonly unknown[];
}

/** Forgets a person at this node. All that know the person are asked even when one fails. */
export class EraseHere {
  private readonly works = new Map<Promise<ErasedHere>, AbortController>();
  private following = 0;
  private closed = false;

  constructor(private readonly ports: EraseHerePorts) {}

  /** All there is, in half a minute at most. Never rejects. */
  whole(subject: Subject): Promise<ErasedHere> {
    return this.limited(async (limit) => {
      const first = await asked(this.ports.erasers, subject, limit);
      return both(first, await asked(this.ports.followers, { ...subject, callIds: first.callIds }, limit));
    });
  }

  /**
   * As `whole`, but the first are given `signal`, and the followers are waited for `FOLLOWERS_WAIT_MS` at most. `late`: they go on, up to
   * half a minute though `signal` aborts, and the log has what came of it. Never rejects.
   */
  async begin(subject: Subject, signal: AbortSignal): Promise<ErasedHere & { readonly late: boolean }> {
    const { erasers, clock } = this.ports;
    const first = await asked(erasers, subject, signal);
    if (this.following >= FOLLOWING_MAX) return { ...first, failures: [...first.failures, busy()], late: false };
    const following = this.follow({ ...subject, callIds: first.callIds });
    try {
      return { ...both(first, await withinDeadline(clock, FOLLOWERS_WAIT_MS, () => following)), late: false };
    } catch {
      void following.then((late) => { this.tell(subject, late); }); // never rejects, so it was the time
      return { ...first, late: true };
    }
  }

  /** What goes on is given up: asking again goes on where it stood. */
  async close(): Promise<void> {
    this.closed = true;
    for (const ending of this.works.values()) ending.abort(new Error('the gateway ends'));
    await Promise.all(this.works.keys());
  }

  /** Never rejects. */
  private follow(subject: Subject): Promise<ErasedHere> {
    this.following += 1;
    return this.limited((limit) => asked(this.ports.followers, subject, limit)).finally(() => { this.following -= 1; });
  }

  /** Half a minute, and not past the end of the gateway. */
  private limited(work: (limit: AbortSignal) => Promise<ErasedHere>): Promise<ErasedHere> {
    const ending = new AbortController();
    if (this.closed) ending.abort(new Error('the gateway ends'));
    const limit = deadline(this.ports.clock, ERASING_MS_MAX, ending.signal);
    const working = work(limit.signal).finally(() => {
      limit.clear();
      this.works.delete(working);
    });
    this.works.set(working, ending);
    return working;
  }

  private tell({ tenantId }: Subject, { erased, failures }: ErasedHere): void {
    const { log } = this.ports;
    for (const failure of failures) log.error('somebody could not be forgotten here after the answer: it said to ask again', { tenantId, code: codeOf(failure) }, failure);
    if (failures.length === 0) log.info('somebody is forgotten here, after the answer that it goes on', { tenantId, events: erased.events });
  }
}

/** At one time; none is waited for past the abort. Never rejects. */
async function asked(those: readonly SubjectEraser[], subject: Subject, signal: AbortSignal): Promise<ErasedHere> {
  const erased = { recordings: 0, calls: 0, events: 0 };
  const callIds = new Set(subject.callIds);
  const results = await Promise.allSettled(those.map(async ({ what, erase }) => {
    const forgotten = await orAborted(erase(subject, signal), signal);
    erased[what] += forgotten.count;
    for (const callId of forgotten.callIds) callIds.add(callId);
  }));
  return { erased, callIds, failures: results.flatMap((result): readonly unknown[] => (result.status === 'rejected' ? [result.reason] : [])) };
}

function both(one: ErasedHere, next: ErasedHere): ErasedHere {
  const { recordings, calls, events } = one.erased;
  return {
    erased: { recordings: recordings + next.erased.recordings, calls: calls + next.erased.calls, events: events + next.erased.events },
    callIds: next.callIds, failures: [...one.failures, ...next.failures],
  };
}

function busy(): PortError {
  return new PortError('too many erasures go on here', { code: 'events/busy', kind: 'rate-limited' });
}
