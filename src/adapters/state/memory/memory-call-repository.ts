import type { CallClaims } from '../../../application/ports/call-claims.js';
import { CALL_TTL_MS, type CallRepository, type CallStep, type StoredCall, type Testimony, TRANSCRIPT_TTL_MS } from '../../../application/ports/call-repository.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { EventPublisher } from '../../../application/ports/event-publisher.js';
import { PortError } from '../../../application/ports/port-error.js';
import { type CallRecord, withoutWords } from '../../../domain/call/call.js';
import { liveCalls } from '../../../domain/call/live-calls.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { MemoryLedger } from './memory-ledger.js';

export interface MemoryCallRepositoryOptions {
  readonly clock: Clock;
  /** Gets the events of each step as soon as its state is stored; it is not closed here. Null: events go no further. */
  readonly publisher: EventPublisher | null;
  /** Records kept. Past it the ended one written longest ago goes; when none has ended the write is refused. Default 100 000. */
  readonly recordsMax?: number;
  /** Of these, calls that have ended; past it the one written longest ago goes. Default 250: for those who ask what became of a call. */
  readonly endedMax?: number;
  /** Life of a record past its last write or touch. Default 1 h. */
  readonly ttlMs?: number;
  /** Life of its transcript. Default 30 min. */
  readonly transcriptTtlMs?: number;
}

interface Entry {
  readonly stored: StoredCall;
  readonly refreshedAtMs: number;
}

/** State of calls of one process, and who runs them. Expired records are removed when others are written or asked for: no timer is needed. */
export class MemoryCallRepository implements CallRepository, CallClaims {
  private readonly clock: Clock;
  private readonly publisher: EventPublisher | null;
  private readonly recordsMax: number;
  private readonly ttlMs: number;
  private readonly transcriptTtlMs: number;
  private readonly endedMax: number;
  private readonly ledger: MemoryLedger;
  /** Both in the order of writes and touches, so that the first to expire come first. */
  private readonly living = new Map<CallId, Entry>();
  private readonly ended = new Map<CallId, Entry>();
  private closed = false;

  constructor(options: MemoryCallRepositoryOptions) {
    this.clock = options.clock;
    this.publisher = options.publisher;
    this.recordsMax = options.recordsMax ?? 100_000;
    this.endedMax = options.endedMax ?? 250;
    this.ttlMs = options.ttlMs ?? CALL_TTL_MS;
    this.transcriptTtlMs = options.transcriptTtlMs ?? TRANSCRIPT_TTL_MS;
    this.ledger = new MemoryLedger({ clock: this.clock, callsMax: this.recordsMax, ttlMs: this.ttlMs });
  }

  save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    return this.act(signal, () => {
      const known = this.entryOf(step.record.callId)?.stored;
      const objection = this.objection(step, expectedVersion, known);
      if (objection !== null) throw new PortError(objection, { code: 'call-repository/conflict', kind: 'rejected' });
      if (known === undefined) this.makeRoom();
      this.put({ record: copyOf(step.record), version: expectedVersion + 1 });
      this.tell(step.record.callId, step.record.fence, step.events);
      return expectedVersion + 1;
    });
  }

  append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void> {
    return this.act(signal, () => { for (const testimony of testimonies) this.hear(testimony); });
  }

  find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    return this.act(signal, () => {
      const entry = this.entryOf(callId);
      return entry === undefined ? null : this.shown(entry);
    });
  }

  findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    return this.act(signal, () => {
      const listed = [...this.living.values()].map((entry) => ({ record: entry.stored.record, entry }));
      return liveCalls(listed, filter, limit).map(({ entry }) => this.shown(entry));
    });
  }

  touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    return this.act(signal, () => {
      for (const callId of callIds) {
        const entry = this.entryOf(callId);
        if (entry !== undefined && entry.stored.record.state !== 'ended') this.put(this.shown(entry));
      }
    });
  }

  claim(callId: CallId, expectedFence: number, newOwner: string, signal: AbortSignal): Promise<StoredCall | null> {
    return this.act(signal, () => {
      const entry = this.entryOf(callId);
      if (entry === undefined || entry.stored.record.state === 'ended') return null;
      const { record, version } = entry.stored;
      if (record.fence === expectedFence + 1 && record.ownerNode === newOwner) return this.shown(entry);
      if (record.fence !== expectedFence) return null;
      const claimed = { ...this.shown(entry).record, fence: expectedFence + 1, ownerNode: newOwner };
      this.put({ record: claimed, version: version + 1 });
      return { record: copyOf(claimed), version: version + 1 };
    });
  }

  /** Takes over, unchecked, what another store has accepted: for the twin of a store that may go away. Calls that have ended are forgotten. */
  mirror(stored: StoredCall): void {
    if (this.closed) return;
    if (stored.record.state === 'ended') this.remove(stored.record.callId);
    else this.put({ record: copyOf(stored.record), version: stored.version });
  }

  close(): Promise<void> {
    this.closed = true;
    this.living.clear();
    this.ended.clear();
    this.ledger.clear();
    return Promise.resolve();
  }

  /** Why a write must be refused; null when it may happen. */
  private objection({ record, events }: CallStep, expectedVersion: number, known: StoredCall | undefined): string | null {
    const version = known?.version ?? 0;
    if (version !== expectedVersion) return `version is ${version}, not ${expectedVersion}`;
    if (known !== undefined && record.fence < known.record.fence) return `fence is ${known.record.fence}, not ${record.fence}`;
    if (known?.record.state === 'ended' && record.state !== 'ended') return 'the call has ended';
    const first = events.at(0);
    return first !== undefined && first.sequence <= this.lastStored(record, known) ? 'the events are stored already' : null;
  }

  private lastStored({ callId, fence }: CallRecord, known: StoredCall | undefined): number {
    return Math.max(known?.record.lastSequence ?? 0, this.ledger.lastOf(callId, fence));
  }

  private hear({ callId, fence, events }: Testimony): void {
    const fresh: DomainEvent[] = [];
    let lastSequence = this.ledger.lastOf(callId, fence);
    for (const event of events) {
      if (event.sequence <= lastSequence) continue;
      fresh.push(event);
      lastSequence = event.sequence;
    }
    if (fresh.length === 0) return;
    const entry = this.entryOf(callId);
    if (entry?.stored.record.fence === fence) {
      const { record, version } = this.shown(entry);
      this.put({ record: { ...record, lastSequence: Math.max(lastSequence, record.lastSequence) }, version: version + 1 });
    }
    this.tell(callId, fence, fresh);
  }

  private tell(callId: CallId, fence: number, events: readonly DomainEvent[]): void {
    this.ledger.enter(callId, fence, events);
    for (const event of events) this.publisher?.publish(event);
  }

  private put(stored: StoredCall): void {
    const { callId, state } = stored.record;
    this.remove(callId);
    (state === 'ended' ? this.ended : this.living).set(callId, { stored, refreshedAtMs: this.clock.nowMs() });
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= this.endedMax) return;
      this.ended.delete(oldest);
    }
  }

  private entryOf(callId: CallId): Entry | undefined {
    return this.living.get(callId) ?? this.ended.get(callId);
  }

  private remove(callId: CallId): void {
    this.living.delete(callId);
    this.ended.delete(callId);
  }

  private shown({ stored, refreshedAtMs }: Entry): StoredCall {
    const record = copyOf(stored.record);
    const forgotten = this.clock.nowMs() - refreshedAtMs >= this.transcriptTtlMs;
    return { record: forgotten ? withoutWords(record) : record, version: stored.version };
  }

  private expire(): void {
    const nowMs = this.clock.nowMs();
    for (const entries of [this.living, this.ended]) {
      for (const [callId, { refreshedAtMs }] of entries) {
        if (nowMs - refreshedAtMs < this.ttlMs) break;
        entries.delete(callId);
      }
    }
  }

  private makeRoom(): void {
    if (this.living.size + this.ended.size < this.recordsMax) return;
    for (const callId of this.ended.keys()) {
      this.ended.delete(callId);
      return;
    }
    throw new PortError(`${this.recordsMax} calls are kept already`, { code: 'call-repository/full', kind: 'rate-limited' });
  }

  private async act<Result>(signal: AbortSignal, work: () => Result): Promise<Result> {
    await Promise.resolve(); // a caller can never come to rely on an answer within the same turn
    if (this.closed) throw new PortError('the repository is closed', { code: 'call-repository/closed', kind: 'unavailable', retryable: false });
    if (signal.aborted) throw new PortError('the request was aborted', { code: 'call-repository/aborted', kind: 'timeout', retryable: false });
    this.expire();
    return work();
  }
}

/** What can be changed by others, and no more: records are copied several times per turn. */
function copyOf(record: CallRecord): CallRecord {
  return { ...record, metadata: { ...record.metadata }, transcript: [...record.transcript] };
}
