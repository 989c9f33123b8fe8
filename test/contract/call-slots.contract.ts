import { expect } from 'chai';
import { type CallSlot, type CallSlots, SLOT_TTL_MS } from '../../src/application/ports/call-slots.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';

export interface CallSlotsUnderTest {
  readonly slots: CallSlots;
  /** Lets `ms` of the slots' time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What every CallSlots promises. */
export function callSlotsContract(make: () => Promise<CallSlotsUnderTest>): void {
  describe('keeps the contract of CallSlots', () => {
    const signal = new AbortController().signal;
    const bank = tenantId('north-bank');
    const slot = (call: number, tenant = bank): CallSlot => ({ tenantId: tenant, callId: callId(`call-${call}`) });
    let slots: CallSlots;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => { ({ slots, pass } = await make()); });
    afterEach(async () => { await slots.close(); });

    it('grants as many as the limit, per tenant, and one more when one is given back', async () => {
      expect([await slots.acquire(slot(1), 2, signal), await slots.acquire(slot(2), 2, signal), await slots.acquire(slot(3), 2, signal)]).to.deep.equal([true, true, false]);
      expect(await slots.acquire(slot(3, tenantId('harbour-grill')), 2, signal)).to.equal(true);
      await slots.release(slot(1), signal);
      expect(await slots.inUse(bank, signal)).to.equal(1);
      expect(await slots.acquire(slot(3), 2, signal)).to.equal(true);
    });

    it('counts a call that asks twice once', async () => {
      for (let time = 0; time < 3; time += 1) expect(await slots.acquire(slot(1), 1, signal)).to.equal(true);
      expect(await slots.inUse(bank, signal)).to.equal(1);
    });

    it('never grants more than the limit, however many ask at once', async () => {
      const asked = await Promise.all(Array.from({ length: 100 }, (_, call) => slots.acquire(slot(call), 7, new AbortController().signal)));
      expect(asked.filter(Boolean)).to.have.lengthOf(7);
    });

    it('frees a slot that nobody renews, and keeps one that is renewed', async () => {
      await slots.acquire(slot(1), 2, signal);
      await slots.acquire(slot(2), 2, signal);
      await pass(SLOT_TTL_MS - 1000);
      await slots.renew([slot(1)], signal);
      await pass(2000);
      expect(await slots.inUse(bank, signal)).to.equal(1);
      expect(await slots.acquire(slot(3), 2, signal)).to.equal(true);
      expect(await slots.acquire(slot(4), 2, signal)).to.equal(false);
    });

    it('counts a living call whose slot had lapsed again, beyond the limit if need be', async () => {
      await slots.acquire(slot(1), 1, signal);
      await pass(SLOT_TTL_MS + 1000);
      await slots.acquire(slot(2), 1, signal);
      await slots.renew([slot(1)], signal);
      expect(await slots.inUse(bank, signal)).to.equal(2);
    });

    it('ignores what is given back but not held', async () => {
      await slots.release(slot(1), signal);
      await slots.renew([], signal);
      expect(await slots.inUse(bank, signal)).to.equal(0);
    });
  });
}
