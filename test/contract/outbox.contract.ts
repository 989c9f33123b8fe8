import { expect } from 'chai';
import type { Outbox } from '../../src/application/ports/outbox.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';

export interface OutboxUnderTest {
  readonly outbox: Outbox;
  /** Puts events in, as a repository does. */
  readonly add: (...events: readonly DomainEvent[]) => Promise<void>;
  /** Lets `ms` of the outbox's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What every Outbox promises. */
export function outboxContract(make: () => Promise<OutboxUnderTest>): void {
  describe('keeps the contract of Outbox', () => {
    const signal = new AbortController().signal;
    let under: OutboxUnderTest;
    let outbox: Outbox;

    beforeEach(async () => {
      under = await make();
      ({ outbox } = under);
    });
    afterEach(async () => { await outbox.close(); });

    const events = (count: number): readonly DomainEvent[] => Array.from({ length: count }, (_, index) => aDomainEvent(undefined, { sequence: index + 1 }));

    it('gives the oldest first, as they were, and keeps them until they are removed', async () => {
      const put = events(5);
      await under.add(...put);
      expect(await outbox.lead('relay-1', 10_000, signal)).to.equal(true);
      const first = await outbox.read('relay-1', 3, signal);
      expect(first.map(({ event }) => event)).to.deep.equal(put.slice(0, 3));
      expect(await outbox.read('relay-1', 3, signal)).to.deep.equal(first);
      await outbox.remove(first.map(({ position }) => position), signal);
      expect((await outbox.read('relay-1', 3, signal)).map(({ event }) => event)).to.deep.equal(put.slice(3));
      expect(await outbox.depth(signal)).to.equal(2);
    });

    it('removes many at once, and those already gone without a word', async () => {
      await under.add(...events(2500));
      await outbox.lead('relay-1', 10_000, signal);
      const positions = (await outbox.read('relay-1', 2500, signal)).map(({ position }) => position);
      await outbox.remove(positions.slice(0, 10), signal);
      await outbox.remove(positions, signal);
      expect(await outbox.depth(signal)).to.equal(0);
      expect(await outbox.read('relay-1', 10, signal)).to.deep.equal([]);
      await outbox.remove([], signal);
    });

    it('has one leader', async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, (_, relay) => outbox.lead(`relay-${relay}`, 10_000, new AbortController().signal)));
      expect(asked.filter(Boolean)).to.have.lengthOf(1);
      const leader = `relay-${asked.indexOf(true)}`;
      expect(await outbox.lead(leader, 10_000, signal), 'prolonged').to.equal(true);
    });

    it('lets nobody read who does not lead', async () => {
      const error: unknown = await outbox.read('relay-1', 1, signal).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.include({ code: 'outbox/not-leading', kind: 'rejected' });
    });

    it('passes the lead on when its time is up, or it is given up, and not before', async () => {
      await outbox.lead('relay-1', 10_000, signal);
      await under.pass(9000);
      expect(await outbox.lead('relay-2', 10_000, signal)).to.equal(false);
      await under.pass(2000);
      expect(await outbox.lead('relay-2', 10_000, signal)).to.equal(true);
      expect(await outbox.lead('relay-1', 10_000, signal), 'lost').to.equal(false);
      await outbox.resign('relay-1', signal);
      expect(await outbox.lead('relay-1', 10_000, signal), 'another cannot resign for it').to.equal(false);
      await outbox.resign('relay-2', signal);
      expect(await outbox.lead('relay-1', 10_000, signal)).to.equal(true);
    });
  });
}
