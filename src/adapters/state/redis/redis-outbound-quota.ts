import { type OutboundQuota, type OutboundReservation, type OutboundUse, type QuotaGrant, RESERVATION_TTL_MS } from '../../../application/ports/outbound-quota.js';
import { PortError } from '../../../application/ports/port-error.js';
import { type OutboundLimits, type QuotaRefusal, SHORTEST_CALL_MS } from '../../../domain/outbound/outbound-settings.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { OUTBOUND_USE, RELEASE_OUTBOUND, RENEW_OUTBOUND, RESERVE_OUTBOUND, SETTLE_OUTBOUND } from './scripts/outbound-quota.js';

const PORT = 'outbound-quota';
const MINUTE_MS = 60_000;
/** With calls under way that hold calls or minutes back: when it is worth asking again. */
const BUSY_RETRY_MS = 10_000;

/** Outbound calls of a tenant over all nodes: one script decides, by the clock of Redis. */
export class RedisOutboundQuota implements OutboundQuota {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys) {}

  async reserve({ tenantId, callId, number }: OutboundReservation, limits: OutboundLimits, signal: AbortSignal): Promise<QuotaGrant> {
    const reply = await this.run(RESERVE_OUTBOUND, tenantId, [
      callId, number, RESERVATION_TTL_MS, limits.concurrentMax, limits.callsPerNumberPerDayMax, limits.minutesPerDayMax * MINUTE_MS, limits.callDurationMaxMs,
      SHORTEST_CALL_MS, limits.callsPerSecondMax, BUSY_RETRY_MS,
    ], signal);
    const [granted, what, retryAfterMs] = Array.isArray(reply) ? reply as unknown[] : [];
    if (granted === 1) return { granted: true, durationMaxMs: Number(what) };
    if (granted === 0) return { granted: false, reason: what as QuotaRefusal, retryAfterMs: Number(retryAfterMs) };
    throw new PortError('redis answered something unknown', { code: `${PORT}/unreadable`, kind: 'protocol' });
  }

  async renew({ tenantId, callId, number }: OutboundReservation, durationMaxMs: number, signal: AbortSignal): Promise<void> {
    await this.run(RENEW_OUTBOUND, tenantId, [callId, number, RESERVATION_TTL_MS, durationMaxMs], signal);
  }

  async settle({ tenantId, callId }: OutboundReservation, talkedMs: number, signal: AbortSignal): Promise<void> {
    await this.run(SETTLE_OUTBOUND, tenantId, [callId, Math.ceil(talkedMs)], signal);
  }

  async release({ tenantId, callId }: OutboundReservation, signal: AbortSignal): Promise<void> {
    await this.run(RELEASE_OUTBOUND, tenantId, [callId], signal);
  }

  async use(tenantId: TenantId, signal: AbortSignal): Promise<OutboundUse> {
    const [concurrent, talkedTodayMs] = await this.run(OUTBOUND_USE, tenantId, [''], signal) as readonly [number, number];
    return { concurrent, talkedTodayMs };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private run(script: RedisScript, tenantId: TenantId, args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    const { outboundPrefix, outboundRatePrefix, outboundDayPrefix } = this.keys;
    return this.connection.run({ port: PORT, script, keys: [outboundPrefix + tenantId, outboundRatePrefix + tenantId], args: [`${outboundDayPrefix}${tenantId}:`, ...args], signal });
  }
}
