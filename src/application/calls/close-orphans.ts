import type { CallSummary } from '../../domain/call/call-summary.js';
import { termination } from '../../domain/call/termination.js';
import type { DomainEvent, EventBody } from '../../domain/shared/domain-event.js';
import { eventId, type TenantId } from '../../domain/shared/ids.js';
import { deadline } from '../lifecycle/deadline.js';
import { type CallHistory, type CallPage, PAGE_CALLS_MAX } from '../ports/call-history.js';
import type { Clock } from '../ports/clock.js';
import type { EventPublisher } from '../ports/event-publisher.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { codeOf } from '../ports/port-error.js';
import type { TenantDirectory } from '../ports/tenant-directory.js';

/** No call is longer (`callDurationMaxMs` of tenants), and a little for its polite end: what began this long before the last call had ended by then. */
const CALL_MS_MAX = 86_400_000 + 600_000;
/** Of one request to history or directory. */
const ASK_MS_MAX = 10_000;

export interface CloseOrphansPorts {
  readonly history: Pick<CallHistory, 'list' | 'find' | 'append'>;
  /** Those that it cannot list keep their orphans. */
  readonly tenants: Pick<TenantDirectory, 'list'>;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly nodeName: string;
  /** When this process began, ISO 8601 UTC: older calls of this node are of one before it. */
  readonly startedAt: string;
}

/**
 * Takes down in the history that calls of the process before this one have ended, where no other node could go on with them. They
 * are told to have ended, as `lost`, when they were last heard of. In the history first: a call that has ended there is not
 * looked at again, so that its end is told once at most.
 */
export class CloseOrphans {
  private readonly closing = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly ports: CloseOrphansPorts) {}

  /** It reads a day of calls per tenant: calls need not wait for it. Resolves when it is done; never rejects. */
  begin(): Promise<void> {
    this.running = this.work();
    return this.running;
  }

  /** What is not looked at by then is at the next start. Idempotent. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async work(): Promise<void> {
    const { tenants, log } = this.ports;
    let closed = 0;
    try {
      for (const { id } of await this.ask((signal) => tenants.list(signal))) closed += await this.ofTenant(id);
    } catch (error) {
      if (!this.closing.signal.aborted) log.warn('calls of the process before this one may be shown as running', { code: codeOf(error) }, error);
    }
    if (closed > 0) log.warn('calls of the process before this one had not ended: they are closed', { calls: closed });
  }

  private async ofTenant(tenantId: TenantId): Promise<number> {
    const { history, nodeName, startedAt } = this.ports;
    let closed = 0;
    let newestMs: number | null = null;
    for (let cursor: string | null = null, more = true; more;) {
      const from: string | null = cursor;
      const page: CallPage = await this.ask((signal) => history.list(tenantId, { startedTo: startedAt }, { limit: PAGE_CALLS_MAX, cursor: from }, signal));
      const ours = page.calls.filter(({ ownerNode }) => ownerNode === nodeName);
      newestMs ??= ours[0] === undefined ? null : Date.parse(ours[0].startedAt);
      for (const call of ours) if (call.state !== 'ended' && await this.end(call)) closed += 1;
      const oldestMs = Date.parse(page.calls.at(-1)?.startedAt ?? startedAt);
      ({ cursor } = page);
      more = cursor !== null && (newestMs === null || oldestMs > newestMs - CALL_MS_MAX);
    }
    return closed;
  }

  /** False: it is gone, or has ended meanwhile. */
  private async end({ tenantId, callId }: CallSummary): Promise<boolean> {
    const { history, publisher, metrics } = this.ports;
    const kept = await this.ask((signal) => history.find(tenantId, callId, signal));
    if (kept === null || kept.call.state === 'ended') return false;
    const event = this.endOf(kept.call, kept.events);
    const { durationMs, turns, speech } = event.body;
    const call: CallSummary = { ...kept.call, state: 'ended', endedAt: event.occurredAt, endReason: 'lost', durationMs, turns, speech };
    await this.ask((signal) => history.append([{ tenantId, callId, call, events: [event] }], signal));
    publisher.publish(event);
    metrics.count('calls_adopted_total', { outcome: 'lost' });
    return true;
  }

  /** When it was last heard of: nobody knows how much longer it went on, and nobody is to pay for the time that the process was away. */
  private endOf({ tenantId, callId, startedAt }: CallSummary, events: readonly DomainEvent[]): DomainEvent & { readonly body: Extract<EventBody, { readonly type: 'call.ended' }> } {
    const { ids, nodeName } = this.ports;
    const last = events.at(-1);
    const occurredAt = last?.occurredAt ?? startedAt;
    const turns = events.reduce((most, { body }) => ('turnIndex' in body ? Math.max(most, body.turnIndex) : most), 0);
    return {
      id: eventId(ids.next()), callId, tenantId, node: nodeName, sequence: (last?.sequence ?? 0) + 1, occurredAt, atMs: last?.atMs ?? 0,
      body: { type: 'call.ended', ...termination('lost'), durationMs: Math.max(0, Date.parse(occurredAt) - Date.parse(startedAt)), turns, speech: [] },
    };
  }

  private async ask<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const limit = deadline(this.ports.clock, ASK_MS_MAX, this.closing.signal);
    try {
      limit.signal.throwIfAborted();
      return await work(limit.signal);
    } finally {
      limit.clear();
    }
  }
}
