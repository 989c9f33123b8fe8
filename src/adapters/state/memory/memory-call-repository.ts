import type { CallRepository, StoredCall } from '../../../application/ports/call-repository.js';
import type { Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { CallRecord } from '../../../domain/call/call.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';

const HOUR_MS = 3_600_000;

export interface MemoryCallRepositoryOptions {
  readonly clock: Clock;
  /** Records kept. Past it the ended one written longest ago goes; when none has ended the write is refused. Default 100 000. */
  readonly recordsMax?: number;
  /** Life of a record past its last write or touch. Default 1 h. */
  readonly ttlMs?: number;
}

interface Entry {
  readonly stored: StoredCall;
  expiresAtMs: number;
}

/** State of calls of one process. Expired records are removed when others are written or asked for: no timer is needed. */
export class MemoryCallRepository implements CallRepository {
  private readonly clock: Clock;
  private readonly recordsMax: number;
  private readonly ttlMs: number;
  /** In the order of writes and touches, so that the first to expire come first. */
  private readonly entries = new Map<CallId, Entry>();
  private closed = false;

  constructor(options: MemoryCallRepositoryOptions) {
    this.clock = options.clock;
    this.recordsMax = options.recordsMax ?? 100_000;
    this.ttlMs = options.ttlMs ?? HOUR_MS;
  }

  save(record: CallRecord, expectedVersion: number, signal: AbortSignal): Promise<number> {
    return this.act(signal, () => {
      this.expire();
      const known = this.entries.get(record.callId);
      const version = known?.stored.version ?? 0;
      if (version !== expectedVersion) {
        throw new PortError(`version is ${version}, not ${expectedVersion}`, { code: 'call-repository/conflict', kind: 'rejected' });
      }
      if (known === undefined) this.makeRoom();
      this.put({ record: structuredClone(record), version: version + 1 });
      return version + 1;
    });
  }

  find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    return this.act(signal, () => {
      this.expire();
      const entry = this.entries.get(callId);
      return entry === undefined ? null : structuredClone(entry.stored);
    });
  }

  findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    return this.act(signal, () => {
      this.expire();
      return [...this.entries.values()]
        .map((entry) => entry.stored)
        .filter(({ record }) => record.state !== 'ended'
          && (filter.tenantId === undefined || record.tenantId === filter.tenantId)
          && (filter.ownerNode === undefined || record.ownerNode === filter.ownerNode))
        .sort((a, b) => newestFirst(a.record, b.record))
        .slice(0, Math.max(0, limit))
        .map((stored) => structuredClone(stored));
    });
  }

  touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    return this.act(signal, () => {
      this.expire();
      for (const callId of callIds) {
        const entry = this.entries.get(callId);
        if (entry !== undefined && entry.stored.record.state !== 'ended') this.put(entry.stored);
      }
    });
  }

  close(): Promise<void> {
    this.closed = true;
    this.entries.clear();
    return Promise.resolve();
  }

  private put(stored: StoredCall): void {
    const { callId } = stored.record;
    this.entries.delete(callId);
    this.entries.set(callId, { stored, expiresAtMs: this.clock.nowMs() + this.ttlMs });
  }

  private expire(): void {
    const nowMs = this.clock.nowMs();
    for (const [callId, entry] of this.entries) {
      if (entry.expiresAtMs > nowMs) return;
      this.entries.delete(callId);
    }
  }

  private makeRoom(): void {
    if (this.entries.size < this.recordsMax) return;
    for (const [callId, { stored }] of this.entries) {
      if (stored.record.state !== 'ended') continue;
      this.entries.delete(callId);
      return;
    }
    throw new PortError(`${this.recordsMax} calls are kept already`, { code: 'call-repository/full', kind: 'rate-limited' });
  }

  private async act<Result>(signal: AbortSignal, work: () => Result): Promise<Result> {
    await Promise.resolve(); // a caller can never come to rely on an answer within the same turn
    if (this.closed) throw new PortError('the repository is closed', { code: 'call-repository/closed', kind: 'unavailable', retryable: false });
    if (signal.aborted) throw new PortError('the request was aborted', { code: 'call-repository/aborted', kind: 'timeout', retryable: false });
    return work();
  }
}

function newestFirst(a: CallRecord, b: CallRecord): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1;
  return a.callId < b.callId ? 1 : -1;
}
