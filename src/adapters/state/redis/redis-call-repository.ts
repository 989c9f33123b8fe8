import type { CallRepository, CallStep, StoredCall, Testimony } from '../../../application/ports/call-repository.js';
import type { Logger } from '../../../application/ports/logger.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { decodeCall, encodeCall } from './call-codec.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import { LIFETIMES, type RedisKeys, type RedisLifetimes } from './redis-keys.js';
import { APPEND_EVENTS } from './scripts/append-events.js';
import { FIND_CALL, FIND_LIVE } from './scripts/read-calls.js';
import { SAVE_CALL } from './scripts/save-call.js';
import { TOUCH_CALLS } from './scripts/touch-calls.js';

const PORT = 'call-repository';
/** What never became a call needs its ledger only until the last attempt to tell of it. */
const REFUSED_LEDGER_MS = 10 * 60_000;
/** Testimonies stored by one script, for the same reason. */
const TESTIMONIES_MAX = 500;
/** Calls prolonged by one script, so that none keeps the server busy for long. */
const TOUCHED_MAX = 500;

export interface RedisCallRepositoryOptions {
  /** Stays the opener's to close. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly logger: Logger;
  readonly lifetimes?: RedisLifetimes;
}

/** State of calls in Redis: a hash per call, rows of the living ones, and the outbox, all changed by one script per step. */
export class RedisCallRepository implements CallRepository {
  private readonly lifetimes: RedisLifetimes;
  private closed = false;

  constructor(private readonly options: RedisCallRepositoryOptions) {
    this.lifetimes = options.lifetimes ?? LIFETIMES;
  }

  async save({ record, events }: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    const { keys } = this.options;
    const { callMs, transcriptMs, routingMs, outboxMs } = this.lifetimes;
    const encoded = encodeCall(record);
    const version = await this.run(SAVE_CALL, [
      ...keys.ofCall(record.callId), keys.outbox, keys.live, keys.liveOfTenantPrefix + record.tenantId,
    ], [
      expectedVersion, record.fence, record.ownerNode, record.state, record.lastSequence, Date.parse(record.startedAt), encoded.record,
      encoded.transcript, record.callId, record.tenantId, keys.liveOfNodePrefix, callMs, transcriptMs, routingMs, outboxMs, ...rowOf(events),
    ], signal);
    if (version === -1) throw new PortError('another state of the call is stored', { code: `${PORT}/conflict`, kind: 'rejected' });
    return Number(version);
  }

  async append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < testimonies.length; from += TESTIMONIES_MAX) {
      const some = testimonies.slice(from, from + TESTIMONIES_MAX).filter(({ events }) => events.length > 0);
      const keys = some.flatMap(({ callId }) => { const [call, , ledger] = this.options.keys.ofCall(callId); return [call, ledger]; });
      const args = some.flatMap(({ fence, events }) => [fence, fence === 0 ? REFUSED_LEDGER_MS : this.lifetimes.callMs, events.length, ...rowOf(events)]);
      if (some.length > 0) await this.run(APPEND_EVENTS, [this.options.keys.outbox, ...keys], [this.lifetimes.outboxMs, ...args], signal);
    }
  }

  async find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    const [call, transcript] = this.options.keys.ofCall(callId);
    const reply = await this.run(FIND_CALL, [call, transcript], [], signal);
    try {
      return decodeCall(reply);
    } catch (cause) {
      throw new PortError('the record of a call cannot be read', { code: `${PORT}/unreadable`, kind: 'protocol', cause });
    }
  }

  async findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    if (limit <= 0) return [];
    const { keys } = this.options;
    const reply = await this.run(FIND_LIVE, [this.rowOfLive(filter)], [limit, keys.callPrefix, keys.transcriptPrefix, filter.tenantId ?? ''], signal);
    return (reply as readonly unknown[]).flatMap((call) => {
      try {
        return decodeCall(call) ?? [];
      } catch (error) {
        this.options.logger.warn('the record of a call cannot be read', {}, error); // the others are still wanted
        return [];
      }
    });
  }

  async touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    const { keys } = this.options;
    const { callMs, transcriptMs, routingMs } = this.lifetimes;
    for (let from = 0; from < callIds.length; from += TOUCHED_MAX) {
      await this.run(TOUCH_CALLS, [keys.live], [
        callMs, transcriptMs, routingMs, keys.callPrefix, keys.transcriptPrefix, keys.ledgerPrefix, keys.liveOfNodePrefix, keys.liveOfTenantPrefix,
        ...callIds.slice(from, from + TOUCHED_MAX),
      ], signal);
    }
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private rowOfLive({ ownerNode, tenantId }: { readonly tenantId?: TenantId; readonly ownerNode?: string }): string {
    const { keys } = this.options;
    if (ownerNode !== undefined) return keys.liveOfNodePrefix + ownerNode;
    return tenantId === undefined ? keys.live : keys.liveOfTenantPrefix + tenantId;
  }

  private run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    if (this.closed) throw new PortError('the repository is closed', { code: `${PORT}/closed`, kind: 'unavailable', retryable: false });
    return this.options.connection.run({ port: PORT, script, keys, args, signal });
  }
}

/** Events as the scripts take them. */
function rowOf(events: readonly DomainEvent[]): readonly (string | number)[] {
  return events.flatMap((event) => [event.sequence, JSON.stringify(event)]);
}
