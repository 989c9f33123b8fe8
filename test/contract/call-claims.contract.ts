import { expect } from 'chai';
import type { CallClaims } from '../../src/application/ports/call-claims.js';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import { callId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../support/builders/a-call.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';

export interface CallClaimsUnderTest {
  /** Over the same calls. The suite closes both. */
  readonly claims: CallClaims;
  readonly repository: CallRepository;
}

/** What CallClaims promises, whoever else asks at the same time. */
export function callClaimsContract(make: () => Promise<CallClaimsUnderTest>): void {
  describe('keeps the contract of CallClaims', () => {
    const signal = new AbortController().signal;
    const record = aCallRecord({ transcript: [{ speaker: 'agent', text: 'hello', heard: 'hello', interrupted: false }] });
    let claims: CallClaims;
    let repository: CallRepository;

    beforeEach(async () => {
      ({ claims, repository } = await make());
      await repository.save({ record, events: [aDomainEvent({ type: 'dtmf.received' }, { sequence: 1 })] }, 0, signal);
    });

    afterEach(async () => {
      await claims.close();
      await repository.close();
    });

    it('gives the call to the new owner, with all that is known of it', async () => {
      const claimed = await claims.claim(record.callId, 1, 'node-2', signal);
      expect(claimed).to.deep.equal({ record: { ...record, ownerNode: 'node-2', fence: 2 }, version: 2 });
      expect(await repository.find(record.callId, signal)).to.deep.equal(claimed);
      expect((await repository.findLive({ ownerNode: 'node-2' }, 10, signal)).map((call) => call.record.callId)).to.deep.equal([record.callId]);
      expect(await repository.findLive({ ownerNode: 'node-1' }, 10, signal)).to.deep.equal([]);
    });

    it('has exactly one winner among many who ask at once', async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, (_, node) => claims.claim(record.callId, 1, `node-${node + 2}`, new AbortController().signal)));
      const won = asked.filter((claimed) => claimed !== null);
      expect(won).to.have.lengthOf(1);
      expect((await repository.find(record.callId, signal))?.record.ownerNode).to.equal(won[0]!.record.ownerNode);
    });

    it('tells the winner the same when it asks again, and the others no', async () => {
      const claimed = await claims.claim(record.callId, 1, 'node-2', signal);
      expect(await claims.claim(record.callId, 1, 'node-2', signal)).to.deep.equal(claimed);
      expect(await claims.claim(record.callId, 1, 'node-3', signal)).to.equal(null);
    });

    it('refuses what is asked of an older or newer fence, of an ended call, and of an unknown one', async () => {
      expect(await claims.claim(record.callId, 0, 'node-2', signal)).to.equal(null);
      expect(await claims.claim(record.callId, 2, 'node-2', signal)).to.equal(null);
      expect(await claims.claim(callId('01JCNOBODY0000000000000000'), 1, 'node-2', signal)).to.equal(null);
      await repository.save({ record: { ...record, state: 'ended' }, events: [] }, 1, signal);
      expect(await claims.claim(record.callId, 1, 'node-2', signal)).to.equal(null);
    });

    it('keeps the former owner out, and lets the new one write', async () => {
      const claimed = await claims.claim(record.callId, 1, 'node-2', signal);
      for (const version of [1, 2, 3]) {
        const error: unknown = await repository.save({ record: { ...record, state: 'ended' }, events: [] }, version, signal).then(() => null, (thrown: unknown) => thrown);
        expect(error).to.include({ code: 'call-repository/conflict' });
      }
      expect(await repository.save({ record: { ...claimed!.record, state: 'active' }, events: [] }, claimed!.version, signal)).to.equal(3);
    });
  });
}
