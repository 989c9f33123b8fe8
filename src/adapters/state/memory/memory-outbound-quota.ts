import { type OutboundQuota, type OutboundReservation, type OutboundUse, type QuotaGrant, RESERVATION_TTL_MS } from '../../../application/ports/outbound-quota.js';
import type { Clock } from '../../../application/ports/clock.js';
import { type OutboundLimits, type QuotaRefusal, SHORTEST_CALL_MS } from '../../../domain/outbound/outbound-settings.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { notAborted } from './not-aborted.js';

const DAY_MS = 86_400_000;
const RATE_WINDOW_MS = 1000;
/** With calls under way that hold calls or minutes back: when it is worth asking again. */
const BUSY_RETRY_MS = 10_000;

interface Lease {
  readonly number: string;
  readonly startedAtMs: number;
  readonly durationMaxMs: number;
  readonly day: number;
  lapsesAtMs: number;
}

/** What one tenant has called. Of days before today nothing is kept. */
interface Account {
  day: number;
  talkedMs: number;
  readonly toNumber: Map<string, number>;
  readonly leases: Map<CallId, Lease>;
  placedAtMs: number[];
}

/** Outbound calls within one process; they are forgotten with it. */
export class MemoryOutboundQuota implements OutboundQuota {
  private readonly accounts = new Map<TenantId, Account>();

  constructor(private readonly clock: Clock) {}

  async reserve({ tenantId, callId, number }: OutboundReservation, limits: OutboundLimits, signal: AbortSignal): Promise<QuotaGrant> {
    await notAborted('outbound-quota', signal);
    const account = this.accountOf(tenantId);
    const held = account.leases.get(callId);
    if (held !== undefined) return { granted: true, durationMaxMs: held.durationMaxMs };
    const refusal = this.refusal(account, number, limits);
    if (refusal !== null) return refusal;
    const startedAtMs = this.clock.nowMs();
    const durationMaxMs = Math.min(limits.callDurationMaxMs, limits.minutesPerDayMax * 60_000 - account.talkedMs - reservedMs(account));
    account.leases.set(callId, { number, startedAtMs, durationMaxMs, day: account.day, lapsesAtMs: startedAtMs + RESERVATION_TTL_MS });
    account.toNumber.set(number, (account.toNumber.get(number) ?? 0) + 1);
    account.placedAtMs.push(startedAtMs);
    return { granted: true, durationMaxMs };
  }

  async renew({ tenantId, callId, number }: OutboundReservation, durationMaxMs: number, signal: AbortSignal): Promise<void> {
    await notAborted('outbound-quota', signal);
    const account = this.accountOf(tenantId);
    const lapsesAtMs = this.clock.nowMs() + RESERVATION_TTL_MS;
    const held = account.leases.get(callId);
    if (held !== undefined) held.lapsesAtMs = lapsesAtMs;
    else account.leases.set(callId, { number, startedAtMs: this.clock.nowMs(), durationMaxMs, day: account.day, lapsesAtMs });
  }

  async settle({ tenantId, callId }: OutboundReservation, talkedMs: number, signal: AbortSignal): Promise<void> {
    await notAborted('outbound-quota', signal);
    const account = this.accountOf(tenantId);
    const held = account.leases.get(callId);
    if (held === undefined) return;
    account.leases.delete(callId);
    if (held.day === account.day) account.talkedMs += talkedMs;
  }

  async release({ tenantId, callId }: OutboundReservation, signal: AbortSignal): Promise<void> {
    await notAborted('outbound-quota', signal);
    const account = this.accountOf(tenantId);
    const held = account.leases.get(callId);
    if (held === undefined) return;
    account.leases.delete(callId);
    const left = (account.toNumber.get(held.number) ?? 0) - 1;
    if (left > 0) account.toNumber.set(held.number, left); else account.toNumber.delete(held.number);
  }

  async use(tenantId: TenantId, signal: AbortSignal): Promise<OutboundUse> {
    await notAborted('outbound-quota', signal);
    const account = this.accountOf(tenantId);
    return { concurrent: account.leases.size, talkedTodayMs: account.talkedMs };
  }

  close(): Promise<void> {
    this.accounts.clear();
    return Promise.resolve();
  }

  private refusal(account: Account, number: string, limits: OutboundLimits): QuotaGrant | null {
    const nowMs = this.clock.nowMs();
    const refused = (reason: QuotaRefusal, retryAfterMs: number): QuotaGrant => ({ granted: false, reason, retryAfterMs });
    const tomorrowMs = DAY_MS - Date.parse(this.clock.wallTime()) % DAY_MS;
    if (account.leases.size >= limits.concurrentMax) return refused('quota-concurrent', BUSY_RETRY_MS);
    if ((account.toNumber.get(number) ?? 0) >= limits.callsPerNumberPerDayMax) return refused('quota-per-number', tomorrowMs);
    const leftMs = limits.minutesPerDayMax * 60_000 - account.talkedMs;
    const shortestMs = Math.min(SHORTEST_CALL_MS, limits.callDurationMaxMs);
    if (leftMs - reservedMs(account) < shortestMs) return refused('quota-minutes-per-day', leftMs < shortestMs ? tomorrowMs : BUSY_RETRY_MS);
    account.placedAtMs = account.placedAtMs.filter((atMs) => atMs > nowMs - RATE_WINDOW_MS);
    if (account.placedAtMs.length >= limits.callsPerSecondMax) return refused('quota-per-second', (account.placedAtMs[0] ?? nowMs) + RATE_WINDOW_MS - nowMs);
    return null;
  }

  /** As of now: without reservations that have lapsed, and without yesterday. */
  private accountOf(tenantId: TenantId): Account {
    const day = Math.floor(Date.parse(this.clock.wallTime()) / DAY_MS);
    const account: Account = this.accounts.get(tenantId) ?? { day, talkedMs: 0, toNumber: new Map(), leases: new Map(), placedAtMs: [] };
    this.accounts.set(tenantId, account);
    for (const [callId, lease] of account.leases) {
      if (lease.lapsesAtMs > this.clock.nowMs()) continue;
      account.leases.delete(callId);
      if (lease.day === account.day) account.talkedMs += Math.min(lease.durationMaxMs, lease.lapsesAtMs - lease.startedAtMs);
    }
    if (account.day !== day) {
      account.day = day;
      account.talkedMs = 0;
      account.toNumber.clear();
    }
    return account;
  }
}

/** Held back by calls that were placed today. */
function reservedMs({ leases, day }: Account): number {
  return [...leases.values()].reduce((sum, lease) => sum + (lease.day === day ? lease.durationMaxMs : 0), 0);
}
