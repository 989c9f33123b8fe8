import { setMaxListeners } from 'node:events';
import { deadline } from '../../../application/lifecycle/deadline.js';
import { InterruptiblePause } from '../../../application/lifecycle/interruptible-pause.js';
import type { CallRepository, StoredCall, Testimony } from '../../../application/ports/call-repository.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { EventPublisher } from '../../../application/ports/event-publisher.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { isPortError } from '../../../application/ports/port-error.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { CallId } from '../../../domain/shared/ids.js';
import type { WaitingEvent, WaitingEvents } from './waiting-events.js';

/** Between two looks whether shared state answers: with its own reconnection within 0.2 s of its return. */
const PROBE_INTERVAL_MS = 50;
/** Of one act with shared state. */
const ACT_DEADLINE_MS = 2000;
/** Events brought there at a time: about 10 ms of the server's. */
const BATCH_EVENTS_MAX = 500;
/** States brought there at a time. */
const CALLS_AT_ONCE = 32;
const FLUSH_DEADLINE_MS = 5000;
const CLOSE_DEADLINE_MS = 5000;

/** A repository in this process's memory that also takes over, unchecked, what another has accepted. */
export interface Twin extends CallRepository {
  mirror(stored: StoredCall): void;
}

export interface ResynchronisationOptions {
  readonly shared: CallRepository;
  readonly twin: Twin;
  /** Resolves when shared state answers. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly waiting: WaitingEvents;
  /** Gets the events when shared state has been away for `patienceMs`. */
  readonly publisher: EventPublisher;
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What this node knows and shared state does not, and the loop that brings it there: first the events in order, then the
 * newest state of each call. Shared state leaves out events that it has, so that all of it may be repeated. Where another
 * node has the call by now its state counts.
 */
export class Resynchronisation {
  away = false;
  private awaySinceMs = 0;
  private impatient = false;
  /** Why it is not brought there though shared state answers, as told last. */
  private complaint: string | null = null;
  /** The oldest that wait, when the publisher has them but has not delivered them yet. */
  private handed: readonly WaitingEvent[] | null = null;
  /** Calls whose newest state is in the twin only; the number changes with each step. */
  private readonly unsaved = new Map<CallId, number>();
  private steps = 0;
  private running: Promise<void> | null = null;
  private readonly pause: InterruptiblePause;
  private closed = false;

  constructor(private readonly options: ResynchronisationOptions) {
    this.pause = new InterruptiblePause(options.clock);
    options.metrics.gauge('state_refuge_active', 0);
    if (options.waiting.size > 0) this.begin(); // of an earlier process
  }

  get active(): boolean {
    return this.away || this.unsaved.size > 0 || this.options.waiting.size > 0;
  }

  /** True while steps of the call must go where its earlier ones wait. */
  keeps(callId: CallId): boolean {
    return this.away || this.unsaved.has(callId) || this.options.waiting.has(callId);
  }

  /** Does a step in the twin; its events then wait. */
  async keep<Result>(callId: CallId, act: (waits: (fence: number, events: readonly DomainEvent[]) => void) => Promise<Result>): Promise<Result> {
    this.steps += 1;
    this.unsaved.set(callId, this.steps); // before anything is awaited: a state that is being brought over now is not the newest
    try {
      return await act((fence, events) => { this.options.waiting.add(fence, events); });
    } finally {
      this.begin();
    }
  }

  /** Shared state did not answer. */
  lose(error: unknown): void {
    if (this.away) return;
    if (this.running === null) this.options.logger.warn('shared state is away: calls go on in memory', {}, error);
    this.away = true;
    this.begin();
  }

  /** A last attempt, then what still waits goes to the disk. */
  async close(): Promise<void> {
    this.closed = true;
    this.pause.end();
    await this.running;
    const limit = deadline(this.options.clock, CLOSE_DEADLINE_MS);
    try {
      if (this.active) await this.bring(limit.signal);
    } catch (error) {
      this.options.logger.warn('shared state was not brought up to date before the end', { events: this.options.waiting.size, calls: this.unsaved.size }, error);
    } finally {
      limit.clear();
    }
    await this.options.waiting.close();
  }

  private begin(): void {
    if (this.running !== null || this.closed) return;
    this.options.metrics.gauge('state_refuge_active', 1);
    this.awaySinceMs = this.options.clock.nowMs();
    this.running = this.run();
  }

  private async run(): Promise<void> {
    const { clock, logger, metrics } = this.options;
    await Promise.resolve(); // the step that began it goes first
    while (this.active && !this.isClosed()) {
      if (!await this.tryBring()) await this.pause.wait(PROBE_INTERVAL_MS);
    }
    this.running = null; // in the same turn as the last look
    if (this.isClosed()) return;
    metrics.gauge('state_refuge_active', 0);
    this.impatient = false;
    this.complaint = null;
    logger.info('shared state is up to date again', { awayMs: Math.round(clock.nowMs() - this.awaySinceMs) });
  }

  /* A method, because the answer may change while something is awaited. */
  private isClosed(): boolean {
    return this.closed;
  }

  /** False: not yet. */
  private async tryBring(): Promise<boolean> {
    const { clock, patienceMs } = this.options;
    const limit = deadline(clock, ACT_DEADLINE_MS);
    setMaxListeners(0, limit.signal); // many acts at a time wait on it
    try {
      await this.bring(limit.signal, () => { limit.extend(); });
      return true;
    } catch (error) {
      if (error !== limit.signal.reason) this.complain(error);
      this.away = true;
      if (clock.nowMs() - this.awaySinceMs >= patienceMs) await this.publish();
      return false;
    } finally {
      limit.clear();
    }
  }

  /** Of what is not the server's absence: it refuses, or the disk does not give what waits on it. Once each, not ten times a second. */
  private complain(error: unknown): void {
    const { logger, waiting } = this.options;
    if (isPortError(error) && (error.kind === 'timeout' || error.kind === 'unavailable')) return;
    const complaint = isPortError(error) ? error.code : String(error);
    if (complaint === this.complaint) return;
    this.complaint = complaint;
    if (isPortError(error)) logger.warn('shared state does not take what waits for it', {}, error);
    else logger.error('what waits for shared state cannot be read: calls go on in memory', { events: waiting.size }, error);
  }

  private async bring(signal: AbortSignal, progress: () => void = () => undefined): Promise<void> {
    await this.options.probe(signal);
    this.away = false;
    while (this.active && !signal.aborted) {
      await this.bringEvents(signal, progress);
      await this.bringStates(signal, progress);
    }
    signal.throwIfAborted();
  }

  private async bringEvents(signal: AbortSignal, progress: () => void): Promise<void> {
    const { waiting, shared, metrics } = this.options;
    while (waiting.size > 0) {
      const batch = await waiting.peek(BATCH_EVENTS_MAX);
      await shared.append(testimonies(batch), signal);
      await waiting.drop(batch);
      this.handed = null;
      metrics.count('state_resynced_total', { what: 'event' }, batch.length);
      progress();
    }
  }

  private async bringStates(signal: AbortSignal, progress: () => void): Promise<void> {
    const calls = [...this.unsaved];
    const bringCalls = async (): Promise<void> => {
      for (let next = calls.shift(); next !== undefined; next = calls.shift()) {
        const [callId, step] = next;
        if (this.options.waiting.has(callId)) continue; // its newer events first
        const brought = await this.bringState(callId, signal);
        progress();
        if (this.unsaved.get(callId) !== step) continue; // the call has gone on meanwhile
        this.unsaved.delete(callId);
        if (brought !== null) this.options.twin.mirror(brought);
        this.options.metrics.count('state_resynced_total', { what: 'call' });
      }
    };
    const results = await Promise.allSettled(Array.from({ length: CALLS_AT_ONCE }, bringCalls));
    for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
  }

  /** Resolves to what is stored now; null: nothing is known of the call. */
  private async bringState(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    const { shared, twin, logger } = this.options;
    const mine = await twin.find(callId, signal);
    if (mine === null) return null;
    const stored = await shared.find(callId, signal);
    const theirs = stored !== null && (stored.record.fence > mine.record.fence || (stored.record.state === 'ended' && mine.record.state !== 'ended'));
    if (theirs) {
      logger.warn('another node has the call', { callId, fence: mine.record.fence, storedFence: stored.record.fence });
      return stored;
    }
    return { record: mine.record, version: await shared.save({ record: mine.record, events: [] }, stored?.version ?? 0, signal) };
  }

  /** Shared state is away for so long that consumers should not wait any more: the events go out past it. */
  private async publish(): Promise<void> {
    const { waiting, publisher, clock, logger } = this.options;
    if (!this.impatient) logger.error('shared state is away for long: events go out past it', { events: waiting.size });
    this.impatient = true;
    const limit = deadline(clock, FLUSH_DEADLINE_MS);
    try {
      while (waiting.size > 0 && !this.closed) {
        this.handed ??= this.publishAll(await waiting.peek(BATCH_EVENTS_MAX));
        await publisher.flush(limit.signal);
        await waiting.drop(this.handed);
        this.handed = null;
        limit.extend();
      }
    } catch (error) {
      logger.warn('events that go out past shared state wait for their publisher', { events: waiting.size }, error); // asked again, not handed over again
    } finally {
      limit.clear();
    }
  }

  private publishAll(batch: readonly WaitingEvent[]): readonly WaitingEvent[] {
    for (const { event } of batch) this.options.publisher.publish(event);
    return batch;
  }
}

/** By call and owner, in order. */
function testimonies(batch: readonly WaitingEvent[]): readonly Testimony[] {
  const found: { readonly callId: CallId; readonly fence: number; readonly events: DomainEvent[] }[] = [];
  const lastOf = new Map<CallId, (typeof found)[number]>();
  for (const { fence, event } of batch) {
    const { callId } = event;
    const last = lastOf.get(callId);
    if (last?.fence === fence) {
      last.events.push(event);
      continue;
    }
    const next = { callId, fence, events: [event] };
    lastOf.set(callId, next);
    found.push(next);
  }
  return found;
}
