import { deadline } from '../lifecycle/deadline.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { PublishedEvents } from '../ports/published-events.js';
import { runningCalls } from './running-calls.js';
import type { Forgotten, Subject } from './subject-eraser.js';

/** What was published to the files of one node is searched and written anew, at most so long: 0.2 to 0.3 s per 100 MB, measured. */
const ERASING_MS_MAX = 30_000;

export interface EraseEventsPorts {
  readonly published: PublishedEvents;
  readonly repository: Pick<CallRepository, 'findLive'>;
  readonly clock: Clock;
}

/**
 * Takes the events of a person's calls out of what this node has published. Calls that go on are passed over: without its beginning,
 * which has the number, the rest of such a call would not be found when it is asked for again. So nothing is erased while nobody
 * knows which those are. Throws PortError `events/*`, `call-repository/*`.
 */
export class EraseEvents {
  constructor(private readonly ports: EraseEventsPorts) {}

  async execute({ tenantId, number, callIds }: Subject, signal: AbortSignal): Promise<Forgotten> {
    const { published, clock } = this.ports;
    const limit = deadline(clock, ERASING_MS_MAX, signal);
    try {
      const found = new Set([...callIds, ...await published.callsOf(tenantId, number, limit.signal)]);
      if (found.size === 0) return { count: 0, callIds: [] };
      for (const { callId } of await runningCalls(this.ports, tenantId, limit.signal)) found.delete(callId); // asked last: what was found and has ended by now is all published
      return { count: await published.erase(tenantId, found, limit.signal), callIds: [...found] };
    } finally {
      limit.clear();
    }
  }
}
