import { expect } from 'chai';
import type { EventPublisher } from '../../src/application/ports/event-publisher.js';
import { PortError } from '../../src/application/ports/port-error.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { callId } from '../../src/domain/shared/ids.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';

export interface Delivered {
  readonly id: string;
  readonly callId: string;
  readonly sequence: number;
  readonly type: string;
}

export interface EventPublisherUnderTest {
  readonly publisher: EventPublisher;
  /** What consumers have got so far, in order of delivery. Readable after `close` too. */
  readonly delivered: () => Promise<readonly Delivered[]>;
  readonly dispose: () => Promise<void>;
}

/** What every EventPublisher promises, to consumers that drop repetitions by id. */
export function eventPublisherContract(make: () => Promise<EventPublisherUnderTest>): void {
  describe('keeps the contract of EventPublisher', () => {
    const signal = new AbortController().signal;
    let under: EventPublisherUnderTest;
    let publisher: EventPublisher;

    beforeEach(async () => {
      under = await make();
      ({ publisher } = under);
    });

    afterEach(async () => {
      await publisher.close();
      await under.dispose();
    });

    const eventsOf = (call: string, count: number): readonly DomainEvent[] =>
      Array.from({ length: count }, (_, index) => aDomainEvent({ type: 'caller.silent', attempt: index + 1 }, { callId: callId(call), sequence: index + 1 }));

    const sequencesOf = async (call: string): Promise<readonly number[]> => {
      const seen = new Map((await under.delivered()).filter((event) => event.callId === call).map((event) => [event.id, event.sequence]));
      return [...seen.values()];
    };

    it('has delivered what was published before, once flush has resolved', async () => {
      const event = aDomainEvent({ type: 'call.answered', setupMs: 12 });
      publisher.publish(event);
      await publisher.flush(signal);
      const [delivered] = await under.delivered();
      expect(delivered).to.include({ id: event.id, callId: event.callId, sequence: event.sequence });
      expect(delivered?.type).to.match(/call\.answered/u);
    });

    it('delivers in order per call, however calls are mixed', async () => {
      const one = eventsOf('01JCONE0000000000000000001', 300);
      const other = eventsOf('01JCONE0000000000000000002', 300);
      for (const [index, event] of one.entries()) {
        publisher.publish(event);
        publisher.publish(other[index]!);
        if (index % 50 === 0) await new Promise((resolve) => { setImmediate(resolve); });
      }
      await publisher.flush(signal);
      const inOrder = Array.from({ length: 300 }, (_, index) => index + 1);
      expect(await sequencesOf('01JCONE0000000000000000001')).to.deep.equal(inOrder);
      expect(await sequencesOf('01JCONE0000000000000000002')).to.deep.equal(inOrder);
    });

    it('may be flushed with nothing to do, and goes on after a flush', async () => {
      await publisher.flush(signal);
      for (const event of eventsOf('01JCONE0000000000000000003', 3)) {
        publisher.publish(event);
        await publisher.flush(signal);
      }
      expect(await sequencesOf('01JCONE0000000000000000003')).to.deep.equal([1, 2, 3]);
    });

    it('serves several flushes at the same time', async () => {
      const flushes: Promise<void>[] = [];
      for (const event of eventsOf('01JCONE0000000000000000004', 20)) {
        publisher.publish(event);
        flushes.push(publisher.flush(new AbortController().signal));
      }
      await Promise.all(flushes);
      expect(await sequencesOf('01JCONE0000000000000000004')).to.have.lengthOf(20);
    });

    it('rejects a flush whose time is up with events/*', async () => {
      publisher.publish(aDomainEvent());
      let thrown: unknown;
      await publisher.flush(AbortSignal.abort()).catch((error: unknown) => { thrown = error; });
      expect(thrown).to.be.instanceOf(PortError);
      expect((thrown as PortError).code).to.match(/^events\//u);
    });

    it('delivers what waits when it is closed, and may be closed twice', async () => {
      for (const event of eventsOf('01JCONE0000000000000000005', 50)) publisher.publish(event);
      await Promise.all([publisher.close(), publisher.close()]);
      expect(await sequencesOf('01JCONE0000000000000000005')).to.have.lengthOf(50);
    });

    it('never throws from publish, not even after it was closed', async () => {
      await publisher.close();
      expect(() => { publisher.publish(aDomainEvent()); }).not.to.throw();
    });
  });
}
