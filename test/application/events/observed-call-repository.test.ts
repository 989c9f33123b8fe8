import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { ObservedCallRepository } from '../../../src/application/events/observed-call-repository.js';
import type { HistoryStep } from '../../../src/application/ports/call-history.js';
import type { CallRepository } from '../../../src/application/ports/call-repository.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import { callRepositoryContract } from '../../contract/call-repository.contract.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('ObservedCallRepository', () => {
  const signal = new AbortController().signal;
  let clock: VirtualClock;
  let inner: MemoryCallRepository;
  let steps: HistoryStep[];
  let fed: DomainEvent[];
  let repository: CallRepository;

  const observe = (wrapped: CallRepository): ObservedCallRepository => new ObservedCallRepository(wrapped, {
    history: { tell: (step) => { steps.push(step); } }, feed: { publish: (events) => { fed.push(...events); } },
  });

  beforeEach(() => {
    clock = new VirtualClock();
    steps = [];
    fed = [];
    inner = new MemoryCallRepository({ clock, publisher: null });
    repository = observe(inner);
  });

  callRepositoryContract(() => {
    const publisher = new MemoryEventPublisher();
    return Promise.resolve({
      repository: observe(new MemoryCallRepository({ clock, publisher })), pass: (ms) => clock.run(ms), told: () => Promise.resolve(publisher.events),
    });
  });

  const event = (sequence: number, body = EVERY_EVENT['dtmf.received'] as DomainEvent['body']): DomainEvent => aDomainEvent(body, { sequence });
  const told = (): readonly number[] => steps.flatMap(({ events }) => events.map(({ sequence }) => sequence));

  it('tells what was stored: the state to the history, the events to both', async () => {
    const end = event(2, EVERY_EVENT['call.ended']);
    await repository.save({ record: aCallRecord(), events: [event(1)] }, 0, signal);
    await repository.save({ record: aCallRecord({ state: 'ended', endReason: 'caller_hangup', lastSequence: 2 }), events: [end] }, 1, signal);
    expect(told()).to.deep.equal([1, 2]);
    expect(fed.map(({ sequence }) => sequence)).to.deep.equal([1, 2]);
    expect(steps[1]?.call).to.include({ state: 'ended', durationMs: 61_000 });
  });

  it('tells nothing of a write that was refused', async () => {
    await repository.save({ record: aCallRecord(), events: [] }, 3, signal).catch(() => undefined);
    expect([steps, fed]).to.deep.equal([[], []]);
  });

  it('tells of an owner that has lost its call, and of an offer that never became one to the feed alone', async () => {
    const { callId } = aCallRecord();
    await repository.append([{ callId, fence: 1, events: [event(1)] }, { callId, fence: 0, events: [event(1, EVERY_EVENT['call.rejected'])] }, { callId, fence: 1, events: [] }], signal);
    expect(steps.map(({ call, events }) => [call, events.length])).to.deep.equal([[null, 1]]);
    expect(fed).to.have.lengthOf(2);
  });

  describe('when the answer to a write is lost', () => {
    const timeout = new PortError('lost on purpose', { code: 'call-repository/timeout', kind: 'timeout' });
    let happens: boolean;
    let answers: boolean;

    beforeEach(() => {
      const flaky: CallRepository = Object.create(inner) as CallRepository;
      flaky.save = async (...step) => {
        const version = happens ? await inner.save(...step) : 0;
        if (!answers) throw timeout;
        return version;
      };
      repository = observe(flaky);
      answers = false;
    });

    const save = (events: readonly DomainEvent[], lastSequence: number, version: number): Promise<number> => repository.save({ record: aCallRecord({ lastSequence }), events }, version, signal);

    it('tells of it with the next one, when it had happened after all', async () => {
      happens = true;
      await save([event(1), event(2)], 2, 0).catch(() => undefined);
      expect(told()).to.deep.equal([]);
      answers = true;
      await save([event(1), event(2), event(3)], 3, 0).catch(() => undefined); // the conflict that the journal finds it out by
      await save([event(3)], 3, 1);
      expect(told()).to.deep.equal([1, 2, 3]);
    });

    it('tells of it once, when it is repeated', async () => {
      happens = false;
      await save([event(1), event(2)], 2, 0).catch(() => undefined);
      answers = true;
      happens = true;
      await save([event(1), event(2), event(3)], 3, 0);
      expect(told()).to.deep.equal([1, 2, 3]);
      expect(fed).to.have.lengthOf(3);
    });
  });
});
