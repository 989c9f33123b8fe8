import { expect } from 'chai';
import { IDEMPOTENCY_TTL_MS, type IdempotencyClaim, type IdempotencyKeys } from '../../src/application/ports/idempotency-keys.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';

export interface IdempotencyKeysUnderTest {
  readonly keys: IdempotencyKeys;
  /** Lets `ms` of their time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What all IdempotencyKeys promise. */
export function idempotencyKeysContract(make: () => Promise<IdempotencyKeysUnderTest>): void {
  describe('keeps the contract of IdempotencyKeys', () => {
    const signal = new AbortController().signal;
    const bank = tenantId('north-bank');
    let keys: IdempotencyKeys;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => { ({ keys, pass } = await make()); });
    afterEach(async () => { await keys.close(); });

    const claim = (key: string, fingerprint: string, call: string, tenant = bank): Promise<IdempotencyClaim> => keys.claim({ tenantId: tenant, key }, { fingerprint, callId: callId(call) }, new AbortController().signal);

    it('gives a key to the first request, and tells the others whose it is and whether they are the same', async () => {
      expect(await claim('a', 'call Anna', 'call-1')).to.deep.equal({ callId: 'call-1', fresh: true, same: true });
      expect(await claim('a', 'call Anna', 'call-2')).to.deep.equal({ callId: 'call-1', fresh: false, same: true });
      expect(await claim('a', 'call Bert', 'call-3')).to.deep.equal({ callId: 'call-1', fresh: false, same: false });
    });

    it('keeps keys and tenants apart', async () => {
      await claim('a', 'x', 'call-1');
      expect(await claim('b', 'x', 'call-2')).to.include({ fresh: true });
      expect(await claim('a', 'x', 'call-3', tenantId('harbour-grill'))).to.include({ fresh: true });
    });

    it('is fresh for exactly one of many that claim it at once', async () => {
      const claims = await Promise.all(Array.from({ length: 50 }, (_, call) => claim('a', 'x', `call-${call}`)));
      expect(claims.filter(({ fresh }) => fresh)).to.have.lengthOf(1);
      expect(new Set(claims.map((given) => given.callId)).size).to.equal(1);
    });

    it('is forgotten by the call that has it, and by no other', async () => {
      await claim('a', 'x', 'call-1');
      await keys.forget({ tenantId: bank, key: 'a' }, callId('call-2'), signal);
      expect(await claim('a', 'x', 'call-3')).to.include({ fresh: false });
      await keys.forget({ tenantId: bank, key: 'a' }, callId('call-1'), signal);
      expect(await claim('a', 'y', 'call-3')).to.deep.equal({ callId: 'call-3', fresh: true, same: true });
    });

    it('lasts for a day', async () => {
      await claim('a', 'x', 'call-1');
      await pass(IDEMPOTENCY_TTL_MS - 60_000);
      expect(await claim('a', 'x', 'call-2')).to.include({ fresh: false });
      await pass(120_000);
      expect(await claim('a', 'x', 'call-2')).to.include({ fresh: true });
    });
  });
}
