import type { Call, CallChange, CallRefusal } from '../../domain/call/call.js';
import { isRefusal } from '../../domain/call/call.js';
import { type DomainEvent, type EventBody } from '../../domain/shared/domain-event.js';
import { type CallId, type TenantId, eventId } from '../../domain/shared/ids.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { EventPublisher } from '../ports/event-publisher.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { isPortError } from '../ports/port-error.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';

/** A write of state that takes longer is given up; the next write carries the newer state anyway. */
const SAVE_DEADLINE_MS = 1000;
/** The last state of a call has no next write: it gets a second chance. */
const SAVE_ATTEMPTS_MAX = 2;

export interface JournalPorts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly repository: CallRepository;
  readonly publisher: EventPublisher;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly nodeName: string;
}

/** The memory of one call towards the outside: numbered events, and the record in shared state. Never holds up the call. */
export class CallJournal {
  private sequence = 0;
  /** Of the stored record; null when a write may have happened or not, so that it must be read first. */
  private version: number | null = 0;
  private unsaved: Call | null = null;
  private saving: Promise<void> | null = null;

  constructor(private readonly ports: JournalPorts, private readonly callId: CallId, private readonly tenantId: TenantId) {}

  /** Publishes what happened and keeps the new state. A refused change changes nothing and is returned as null. */
  enter(change: CallChange | CallRefusal): Call | null {
    if (isRefusal(change)) {
      this.ports.log.warn('call transition refused', { refused: change.refused, state: change.state });
      return null;
    }
    this.publish(...change.events);
    this.unsaved = change.call;
    this.saving ??= this.save();
    return change.call;
  }

  publish(...bodies: readonly EventBody[]): void {
    const { clock, ids, publisher } = this.ports;
    for (const body of bodies) {
      this.sequence += 1;
      const event: DomainEvent = {
        id: eventId(ids.next()), callId: this.callId, tenantId: this.tenantId, node: this.ports.nodeName, sequence: this.sequence,
        occurredAt: clock.wallTime(), atMs: clock.nowMs(), body,
      };
      publisher.publish(event);
    }
  }

  /** Resolves when the last state is written or given up. */
  async settled(): Promise<void> {
    await this.saving;
  }

  /** Writes the newest state; states that were overtaken while a write was under way are skipped. */
  private async save(): Promise<void> {
    await Promise.resolve(); // the transition that asked for it goes first
    for (let call = this.takeUnsaved(); call !== null; call = this.takeUnsaved()) {
      for (let attempt = 0; attempt < SAVE_ATTEMPTS_MAX && !await this.trySave(call); attempt += 1) {
        if (this.unsaved !== null) break;
      }
    }
    this.saving = null;
  }

  private takeUnsaved(): Call | null {
    const call = this.unsaved;
    this.unsaved = null;
    return call;
  }

  private async trySave(call: Call): Promise<boolean> {
    const { clock, log, metrics } = this.ports;
    const limit = deadline(clock, SAVE_DEADLINE_MS);
    try {
      await orAborted(this.write(call, limit.signal), limit.signal);
      return true;
    } catch (error) {
      // Shared state is a copy: the call goes on without it.
      const code = limit.expired ? 'call-repository/timeout' : isPortError(error) ? error.code : 'call-repository/failed';
      this.version = null;
      metrics.count('provider_errors_total', { port: 'call-repository', code });
      log.warn('call state not saved', { code }, error);
      return false;
    } finally {
      limit.clear();
    }
  }

  /** After a write that failed nobody knows whether it happened all the same: the stored version is read first. */
  private async write(call: Call, signal: AbortSignal): Promise<void> {
    const { repository } = this.ports;
    if (this.version === null) {
      const stored = await repository.find(this.callId, signal);
      if (stored !== null && stored.record.fence > call.record.fence) return; // another node has taken the call over: its state counts
      this.version = stored?.version ?? 0;
    }
    this.version = await repository.save(call.record, this.version, signal);
  }
}
