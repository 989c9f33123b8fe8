import { expect } from 'chai';
import { type OutboundQuota, type OutboundReservation, type QuotaGrant, RESERVATION_TTL_MS } from '../../src/application/ports/outbound-quota.js';
import type { OutboundLimits } from '../../src/domain/outbound/outbound-settings.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';

export interface OutboundQuotaUnderTest {
  readonly quota: OutboundQuota;
  /** Lets `ms` of the quota's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
  /** Midnight, UTC, and no other time passes. */
  readonly turnDay: () => Promise<void>;
}

const MINUTE_MS = 60_000;
const BANK = tenantId('north-bank');
const LIMITS: OutboundLimits = { concurrentMax: 2, callsPerSecondMax: 100, callDurationMaxMs: 30 * MINUTE_MS, minutesPerDayMax: 200, callsPerNumberPerDayMax: 3 };

export const aReservation = (call: number, deviations: Partial<OutboundReservation> = {}): OutboundReservation => ({
  tenantId: BANK, callId: callId(`call-${call}`), number: `+4930${1_000_000 + call}`, ...deviations,
});

/** What every OutboundQuota promises. */
export function outboundQuotaContract(make: () => Promise<OutboundQuotaUnderTest>): void {
  describe('keeps the contract of OutboundQuota', () => {
    const signal = new AbortController().signal;
    let quota: OutboundQuota;
    let world: OutboundQuotaUnderTest;

    beforeEach(async () => {
      world = await make();
      quota = world.quota;
    });
    afterEach(async () => { await quota.close(); });

    const reserve = (call: number, limits: Partial<OutboundLimits> = {}, deviations: Partial<OutboundReservation> = {}): Promise<QuotaGrant> => quota.reserve(aReservation(call, deviations), { ...LIMITS, ...limits }, new AbortController().signal);
    const reasonOf = (grant: QuotaGrant): string => (grant.granted ? 'granted' : grant.reason);
    const retryOf = (grant: QuotaGrant): number => (grant.granted ? 0 : grant.retryAfterMs);

    it('grants as many calls at one time as the limit, per tenant, and one more when one is over', async () => {
      expect((await Promise.all([reserve(1), reserve(2), reserve(3)])).map(reasonOf)).to.deep.equal(['granted', 'granted', 'quota-concurrent']);
      expect(retryOf(await reserve(3))).to.be.greaterThan(0);
      expect(reasonOf(await reserve(3, {}, { tenantId: tenantId('harbour-grill') }))).to.equal('granted');
      await quota.settle(aReservation(1), 0, signal);
      expect(reasonOf(await reserve(3))).to.equal('granted');
      expect(await quota.use(BANK, signal)).to.deep.equal({ concurrent: 2, talkedTodayMs: 0 });
    });

    it('never grants more than the limit, however many ask at once', async () => {
      const grants = await Promise.all(Array.from({ length: 50 }, (_, call) => reserve(call)));
      expect(grants.filter(({ granted }) => granted)).to.have.lengthOf(2);
    });

    it('gives a call that asks twice the same reservation', async () => {
      expect([await reserve(1), await reserve(1), await reserve(1)]).to.deep.equal(Array.from({ length: 3 }, () => ({ granted: true, durationMaxMs: 30 * MINUTE_MS })));
      expect((await quota.use(BANK, signal)).concurrent).to.equal(1);
      expect(reasonOf(await reserve(2, { callsPerNumberPerDayMax: 2 }, { number: aReservation(1).number })), 'counted once').to.equal('granted');
    });

    it('grants only so many calls within a second, and says when the next may come', async () => {
      const limits = { concurrentMax: 10, callsPerSecondMax: 2 };
      const [first, second, third] = await Promise.all([reserve(1, limits), reserve(2, limits), reserve(3, limits)]);
      expect([first, second, third].map(reasonOf)).to.deep.equal(['granted', 'granted', 'quota-per-second']);
      expect(retryOf(third)).to.be.within(1, 1000);
      await world.pass(retryOf(third));
      expect(reasonOf(await reserve(3, limits))).to.equal('granted');
    });

    it('counts a released call towards its second all the same', async () => {
      const limits = { callsPerSecondMax: 1 };
      await reserve(1, limits);
      await quota.release(aReservation(1), signal);
      expect(reasonOf(await reserve(2, limits))).to.equal('quota-per-second');
    });

    it('lets a number be called so often a day, answered or not; what was released does not count', async () => {
      const number = '+493012345678';
      for (const call of [1, 2, 3, 4]) {
        expect(reasonOf(await reserve(call, {}, { number })), `call ${call}`).to.equal('granted');
        await (call === 1 ? quota.release(aReservation(1, { number }), signal) : quota.settle(aReservation(call, { number }), 0, signal));
      }
      const fifth = await reserve(5, {}, { number });
      expect(reasonOf(fifth)).to.equal('quota-per-number');
      expect(retryOf(fifth)).to.be.within(1, 86_400_000);
      expect(reasonOf(await reserve(6)), 'another number').to.equal('granted');
      await world.turnDay();
      expect(reasonOf(await reserve(5, {}, { number })), 'the next day').to.equal('granted');
    });

    it('never lets more minutes be talked in a day than the limit: each call holds back its longest', async () => {
      const limits = { concurrentMax: 10, minutesPerDayMax: 45 };
      expect(await reserve(1, limits)).to.deep.equal({ granted: true, durationMaxMs: 30 * MINUTE_MS });
      expect(await reserve(2, limits), 'what is left of the day').to.deep.equal({ granted: true, durationMaxMs: 15 * MINUTE_MS });
      const third = await reserve(3, limits);
      expect(reasonOf(third)).to.equal('quota-minutes-per-day');
      expect(retryOf(third), 'the calls may be shorter than they could be').to.be.lessThan(MINUTE_MS);
      await quota.settle(aReservation(1), 29.5 * MINUTE_MS, signal);
      await quota.settle(aReservation(2), 15 * MINUTE_MS, signal);
      expect((await quota.use(BANK, signal)).talkedTodayMs).to.equal(44.5 * MINUTE_MS);
      expect(reasonOf(await reserve(4, limits)), 'half a minute is not worth a call').to.equal('quota-minutes-per-day');
      await world.turnDay();
      expect(reasonOf(await reserve(4, limits)), 'the next day').to.equal('granted');
    });

    it('counts a call to the day on which it was placed', async () => {
      await reserve(1);
      await world.turnDay();
      await quota.settle(aReservation(1), 10 * MINUTE_MS, signal);
      expect(await quota.use(BANK, signal)).to.deep.equal({ concurrent: 0, talkedTodayMs: 0 });
    });

    it('ends a reservation that nobody renews and books its time; keeps one that is renewed', async () => {
      await reserve(1);
      await reserve(2);
      await world.pass(RESERVATION_TTL_MS - 1000);
      await quota.renew(aReservation(1), 30 * MINUTE_MS, signal);
      await world.pass(2000);
      const { concurrent, talkedTodayMs } = await quota.use(BANK, signal);
      expect(concurrent).to.equal(1);
      expect(talkedTodayMs).to.equal(RESERVATION_TTL_MS);
      expect(reasonOf(await reserve(3))).to.equal('granted');
      expect(reasonOf(await reserve(4))).to.equal('quota-concurrent');
      await quota.settle(aReservation(2), 5 * MINUTE_MS, signal);
      expect((await quota.use(BANK, signal)).talkedTodayMs, 'its time is booked already').to.equal(RESERVATION_TTL_MS);
    });

    it('counts a living call whose reservation had ended again, beyond the limit if need be', async () => {
      await reserve(1, { concurrentMax: 1 });
      await world.pass(RESERVATION_TTL_MS + 1000);
      await reserve(2, { concurrentMax: 1 });
      await quota.renew(aReservation(1), 10 * MINUTE_MS, signal);
      expect((await quota.use(BANK, signal)).concurrent).to.equal(2);
    });

    it('ignores what is given back but not held', async () => {
      await quota.release(aReservation(1), signal);
      await quota.settle(aReservation(1), MINUTE_MS, signal);
      expect(await quota.use(BANK, signal)).to.deep.equal({ concurrent: 0, talkedTodayMs: 0 });
    });

    it('refuses with a PortError when nobody waits any more', async () => {
      const error = await quota.reserve(aReservation(1), LIMITS, AbortSignal.abort()).catch((reason: unknown) => reason);
      expect(error).to.include({ name: 'PortError', code: 'outbound-quota/aborted' });
    });
  });
}
