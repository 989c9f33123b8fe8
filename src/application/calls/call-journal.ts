import type { Call, CallChange, CallRecord, CallRefusal } from '../../domain/call/call.js';
import { isRefusal } from '../../domain/call/call.js';
import { type DomainEvent, type EventBody } from '../../domain/shared/domain-event.js';
import { type CallId, type TenantId, eventId } from '../../domain/shared/ids.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { isPortError } from '../ports/port-error.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';

/** A write that takes longer is given up: whether it happened is found out by reading. */
const WRITE_DEADLINE_MS = 1000;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5000;
/** A store that has failed for so long has lost what waits. Stores with a refuge never do. */
const GIVE_UP_MS = 60_000;
/** Events of one call that wait to be stored. Act on overflow: the newest is lost, counted, and told. About a hundred turns. */
export const EVENTS_WAITING_MAX = 1000;

export interface JournalPorts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly repository: CallRepository;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly nodeName: string;
}

export interface JournalSubject {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  /** Of the stored record, for a call taken over from another node; 0 for a new one. */
  readonly version: number;
  /** Told once, when a write is refused because another node has the call. */
  readonly onTaken?: () => void;
}

/**
 * The memory of one call towards the outside. Events and the newest state wait in order and are stored together, one write at a
 * time; each write takes all that waits. Never holds up the call: nothing here is awaited by it.
 */
export class CallJournal {
  private readonly waiting: DomainEvent[] = [];
  /** The newest state; null once it is stored. */
  private unsaved: CallRecord | null = null;
  /** Of the stored record; null when a write may have happened or not, so that it must be read first. */
  private version: number | null;
  /** Under which what happened here is told when no state of ours is written (any more); null while it is. */
  private fence: number | null = null;
  private writing = false;
  private failingSinceMs: number | null = null;
  private overflowing = false;
  private settlers: (() => void)[] = [];

  constructor(private readonly ports: JournalPorts, private readonly subject: JournalSubject) {
    this.version = subject.version;
  }

  /** Keeps the new state and what happened on the way to it. A refused change changes nothing and is returned as null. */
  enter(change: CallChange | CallRefusal): Call | null {
    if (isRefusal(change)) {
      this.ports.log.warn('call transition refused', { refused: change.refused, state: change.state });
      return null;
    }
    if (this.fence !== null) return null; // what happens to it is another node's to tell
    const { record } = change.call;
    this.unsaved = record;
    this.wait(change.events, record.lastSequence - change.events.length);
    return change.call;
  }

  /**
   * Another node has the call since `fence`: its state counts. What happened here until now is told, except that it ended: it goes
   * on there. From now on nothing is taken any more.
   */
  disown(fence: number): void {
    this.fence ??= fence;
    this.unsaved = null;
  }

  /** The one event of an offer that never became a call. */
  refuse(body: Extract<EventBody, { type: 'call.rejected' }>): void {
    this.fence = 0;
    this.wait([body], 0);
  }

  /** Resolves when nothing waits any more, or as soon as a write fails: what comes of it then is not for the call to wait for. */
  settled(): Promise<void> {
    return this.writing ? new Promise((resolve) => { this.settlers.push(resolve); }) : Promise.resolve();
  }

  private wait(bodies: readonly EventBody[], sequenceBefore: number): void {
    const { clock, ids, nodeName } = this.ports;
    for (const [index, body] of bodies.entries()) {
      const event: DomainEvent = {
        id: eventId(ids.next()), callId: this.subject.callId, tenantId: this.subject.tenantId, node: nodeName, sequence: sequenceBefore + index + 1,
        occurredAt: clock.wallTime(), atMs: clock.nowMs(), body,
      };
      if (this.waiting.length < EVENTS_WAITING_MAX) this.waiting.push(event);
      else this.lose([event], 'overflow');
    }
    if (this.writing) return;
    this.writing = true;
    void this.write();
  }

  private async write(): Promise<void> {
    await Promise.resolve(); // the transition that asked for it goes first
    let retryMs = RETRY_MIN_MS;
    while (this.waiting.length > 0 || this.unsaved !== null) {
      const outcome = await this.tryWrite();
      if (outcome === 'stored') {
        retryMs = RETRY_MIN_MS;
        continue;
      }
      this.settle();
      if (outcome === 'refused' || this.failingMs() >= GIVE_UP_MS) {
        this.giveUp();
        continue;
      }
      await this.pause(retryMs);
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    }
    this.writing = false; // in the same turn as the last look at what waits
    this.settle();
  }

  /** `refused`: asking again will not help. Nothing is lost yet. */
  private async tryWrite(): Promise<'stored' | 'failed' | 'refused'> {
    const { clock, log, metrics } = this.ports;
    const events = [...this.waiting];
    const record = this.unsaved;
    const limit = deadline(clock, WRITE_DEADLINE_MS);
    try {
      await orAborted(this.store(record, events, limit.signal), limit.signal);
      this.waiting.splice(0, events.length);
      if (this.unsaved === record) this.unsaved = null;
      this.failingSinceMs = null;
      this.overflowing = false;
      return 'stored';
    } catch (error) {
      this.version = null;
      const code = limit.expired ? 'call-repository/timeout' : isPortError(error) ? error.code : 'call-repository/failed';
      metrics.count('provider_errors_total', { port: 'call-repository', code });
      if (this.failingSinceMs === null) log.warn('call state not saved: it waits', { code, events: events.length }, error);
      this.failingSinceMs ??= clock.nowMs();
      return limit.expired || !isPortError(error) || error.retryable || isConflict(error) ? 'failed' : 'refused';
    } finally {
      limit.clear();
    }
  }

  private async store(record: CallRecord | null, events: readonly DomainEvent[], signal: AbortSignal): Promise<void> {
    if (this.fence === null && record !== null && await this.saved(record, events, signal)) return;
    const told = events.filter(({ body }) => body.type !== 'call.ended' || this.fence === null);
    await this.ports.repository.append([{ callId: this.subject.callId, fence: this.fence ?? record?.fence ?? 0, events: told }], signal);
  }

  /** False: the call is another node's by now. */
  private async saved(record: CallRecord, events: readonly DomainEvent[], signal: AbortSignal): Promise<boolean> {
    const { repository } = this.ports;
    if (this.version !== null) {
      try {
        this.version = await repository.save({ record, events }, this.version, signal);
        return true;
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
    // Nobody knows what is stored: an earlier write may have happened after all, or another node may have the call.
    const stored = await repository.find(this.subject.callId, signal);
    if (stored !== null && stored.record.fence > record.fence) {
      this.disown(record.fence);
      this.subject.onTaken?.();
      return false;
    }
    const last = stored?.record.lastSequence ?? 0;
    const fresh = events.filter(({ sequence }) => sequence > last);
    this.version = await repository.save({ record, events: fresh }, stored?.version ?? 0, signal);
    return true;
  }

  private failingMs(): number {
    const nowMs = this.ports.clock.nowMs();
    return nowMs - (this.failingSinceMs ?? nowMs);
  }

  private giveUp(): void {
    this.lose(this.waiting.splice(0), 'not-stored');
    this.unsaved = null;
    this.failingSinceMs = null;
  }

  /** Operators are called: a consumer will miss these. What was said in them is not for the log. */
  private lose(events: readonly DomainEvent[], reason: 'overflow' | 'not-stored'): void {
    const { log, metrics } = this.ports;
    metrics.count('events_lost_total', { reason }, events.length);
    if (reason === 'overflow' && this.overflowing) return;
    this.overflowing = reason === 'overflow';
    log.error('events of a call are lost', { reason, events: events.length, fromSequence: events[0]?.sequence, toSequence: events.at(-1)?.sequence });
  }

  private settle(): void {
    for (const resolve of this.settlers.splice(0)) resolve();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => { this.ports.clock.after(ms, resolve); });
  }
}

function isConflict(error: unknown): boolean {
  return isPortError(error) && error.code === 'call-repository/conflict';
}
