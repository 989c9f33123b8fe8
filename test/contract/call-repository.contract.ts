import { expect } from 'chai';
import type { CallRepository, CallStep } from '../../src/application/ports/call-repository.js';
import { PortError } from '../../src/application/ports/port-error.js';
import type { CallRecord } from '../../src/domain/call/call.js';
import type { DomainEvent, EventBody } from '../../src/domain/shared/domain-event.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../support/builders/a-call.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';

export interface CallRepositoryUnderTest {
  readonly repository: CallRepository;
  /** Lets `ms` of the repository's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
  /** The events that are on their way out, in order. */
  readonly told: () => Promise<readonly DomainEvent[]>;
}

const MINUTE_MS = 60_000;
/** A state with nothing to tell. */
const step = (record: CallRecord, events: readonly DomainEvent[] = []): CallStep => ({ record, events });
const id = (number: number): string => `01JCTEST${String(number).padStart(18, '0')}`;

/** What every CallRepository promises, of one process or of many. `make` gives an empty one; the suite closes it. */
export function callRepositoryContract(make: () => Promise<CallRepositoryUnderTest>): void {
  describe('keeps the contract of CallRepository', () => {
    const signal = new AbortController().signal;
    let repository: CallRepository;
    let pass: (ms: number) => Promise<void>;
    let told: () => Promise<readonly DomainEvent[]>;

    beforeEach(async () => {
      ({ repository, pass, told } = await make());
    });

    afterEach(async () => {
      await repository.close();
    });

    describe('save', () => {
      it('writes a new call as version 1 and gives it back as it was', async () => {
        const record = aCallRecord();
        expect(await repository.save(step(record), 0, signal)).to.equal(1);
        expect(await repository.find(record.callId, signal)).to.deep.equal({ record, version: 1 });
      });

      it('grows the version by one with each accepted write', async () => {
        const record = aCallRecord();
        await repository.save(step(record), 0, signal);
        expect(await repository.save(step({ ...record, state: 'answered' }), 1, signal)).to.equal(2);
        expect((await repository.find(record.callId, signal))?.record.state).to.equal('answered');
      });

      it('refuses another version than the stored one and changes nothing', async () => {
        const record = aCallRecord();
        await repository.save(step(record), 0, signal);
        for (const version of [0, 2]) {
          const error = await failure(repository.save(step({ ...record, state: 'ended' }), version, signal));
          expect(error).to.include({ code: 'call-repository/conflict', kind: 'rejected', retryable: false });
        }
        expect(await repository.find(record.callId, signal)).to.deep.equal({ record, version: 1 });
      });

      it('refuses a next state of a call it does not know', async () => {
        const error = await failure(repository.save(step(aCallRecord()), 3, signal));
        expect(error.code).to.equal('call-repository/conflict');
      });

      it('accepts exactly one of many writers who saw the same version', async () => {
        const record = aCallRecord();
        await repository.save(step(record), 0, signal);
        const writes = await Promise.allSettled(Array.from({ length: 20 }, (_, fence) => repository.save(step({ ...record, fence }), 1, new AbortController().signal)));
        expect(writes.filter((write) => write.status === 'fulfilled')).to.have.lengthOf(1);
        expect((await repository.find(record.callId, signal))?.version).to.equal(2);
      });

      it('is not changed by what is done to a record given or got', async () => {
        const metadata = { trunk: 'a' };
        const record = aCallRecord({ metadata });
        await repository.save(step(record), 0, signal);
        metadata.trunk = 'b';
        const found = await repository.find(record.callId, signal);
        (found!.record.metadata as Record<string, string>)['trunk'] = 'c';
        expect((await repository.find(record.callId, signal))?.record.metadata).to.deep.equal({ trunk: 'a' });
      });
    });

    describe('save of what happened', () => {
      const toldNumbers = async (): Promise<readonly number[]> => (await told()).map(({ sequence }) => sequence);

      it('sends the events of a step on, as they were and in order', async () => {
        const events = [eventOf(1, { type: 'call.answered', setupMs: 42.5 }), eventOf(2), eventOf(3)];
        await repository.save(step(aCallRecord({ lastSequence: 3 }), events), 0, signal);
        expect(await told()).to.deep.equal(events);
        await repository.save(step(aCallRecord({ lastSequence: 4 }), [eventOf(4)]), 1, signal);
        expect(await toldNumbers()).to.deep.equal([1, 2, 3, 4]);
      });

      it('sends nothing of a step that was refused', async () => {
        await repository.save(step(aCallRecord(), [eventOf(1)]), 0, signal);
        await failure(repository.save(step(aCallRecord({ lastSequence: 2 }), [eventOf(2)]), 0, signal));
        expect(await toldNumbers()).to.deep.equal([1]);
      });

      it('refuses a step whose events are stored already', async () => {
        await repository.save(step(aCallRecord({ lastSequence: 2 }), [eventOf(1), eventOf(2)]), 0, signal);
        const error = await failure(repository.save(step(aCallRecord({ lastSequence: 3 }), [eventOf(2), eventOf(3)]), 1, signal));
        expect(error.code).to.equal('call-repository/conflict');
        expect(await toldNumbers()).to.deep.equal([1, 2]);
      });

      it('refuses an owner that has lost the call, for ever', async () => {
        await repository.save(step(aCallRecord({ fence: 2 })), 0, signal);
        const error = await failure(repository.save(step(aCallRecord({ fence: 1, lastSequence: 2 }), [eventOf(2)]), 1, signal));
        expect(error.code).to.equal('call-repository/conflict');
        expect(await toldNumbers()).to.deep.equal([]);
      });

      it('never lets a call live again that has ended, and still takes what is told of it', async () => {
        const ended = aCallRecord({ state: 'ended', endReason: 'caller_hangup' });
        await repository.save(step(ended), 0, signal);
        expect((await failure(repository.save(step(aCallRecord({ state: 'active' })), 1, signal))).code).to.equal('call-repository/conflict');
        expect(await repository.save(step({ ...ended, lastSequence: 2 }, [eventOf(2)]), 1, signal)).to.equal(2);
        expect((await repository.find(ended.callId, signal))?.record.state).to.equal('ended');
      });
    });

    describe('append', () => {
      const toldNumbers = async (): Promise<readonly number[]> => (await told()).map(({ sequence }) => sequence);
      const { callId: call } = aCallRecord();

      it('sends the event of an offer that never became a call, once', async () => {
        const testimony = { callId: call, fence: 0, events: [eventOf(1)] };
        await repository.append([testimony], signal);
        await repository.append([testimony], signal);
        expect(await told()).to.deep.equal(testimony.events);
        expect(await repository.find(call, signal)).to.equal(null);
      });

      it('sends what a former owner still has to tell, and not what it has told before', async () => {
        await repository.save(step(aCallRecord({ lastSequence: 2 }), [eventOf(1), eventOf(2)]), 0, signal);
        await repository.save(step(aCallRecord({ fence: 2, ownerNode: 'node-2', lastSequence: 3 }), [eventOf(3, { type: 'caller.silent', attempt: 1 })]), 1, signal);
        const before = await repository.find(call, signal);
        for (let time = 0; time < 2; time += 1) await repository.append([{ callId: call, fence: 1, events: [eventOf(2), eventOf(3)] }], signal);
        expect(await repository.find(call, signal), 'the state is the new owner\'s').to.deep.equal(before);
        expect((await told()).map(({ sequence, body }) => [sequence, body.type])).to.deep.equal(
          [[1, 'dtmf.received'], [2, 'dtmf.received'], [3, 'caller.silent'], [3, 'dtmf.received']]);
      });

      it('brings the sequence of the owner\'s record up to date, as a write', async () => {
        await repository.save(step(aCallRecord(), [eventOf(1)]), 0, signal);
        await repository.append([{ callId: call, fence: 1, events: [eventOf(1), eventOf(2)] }], signal);
        expect(await repository.find(call, signal)).to.deep.equal({ record: aCallRecord({ lastSequence: 2 }), version: 2 });
        expect((await failure(repository.save(step(aCallRecord({ lastSequence: 2 }), [eventOf(2)]), 1, signal))).code).to.equal('call-repository/conflict');
        expect(await toldNumbers()).to.deep.equal([1, 2]);
      });

      it('keeps a late first write of the same events out', async () => {
        await repository.append([{ callId: call, fence: 1, events: [eventOf(1)] }], signal);
        expect((await failure(repository.save(step(aCallRecord(), [eventOf(1)]), 0, signal))).code).to.equal('call-repository/conflict');
        expect(await repository.save(step(aCallRecord()), 0, signal)).to.equal(1);
        expect(await toldNumbers()).to.deep.equal([1]);
      });

      it('does nothing with nothing', async () => {
        await repository.append([{ callId: call, fence: 1, events: [] }], signal);
        expect(await told()).to.deep.equal([]);
      });
    });

    describe('find', () => {
      it('gives null for a call it does not know', async () => {
        expect(await repository.find(callId(id(9)), signal)).to.equal(null);
      });
    });

    describe('findLive', () => {
      beforeEach(async () => {
        const calls = [
          aCallRecord({ callId: callId(id(1)), startedAt: '2026-11-20T12:00:01.000Z' }),
          aCallRecord({ callId: callId(id(2)), startedAt: '2026-11-20T12:00:02.000Z', tenantId: tenantId('harbour-grill') }),
          aCallRecord({ callId: callId(id(3)), startedAt: '2026-11-20T12:00:03.000Z', ownerNode: 'node-2', state: 'active' }),
          aCallRecord({ callId: callId(id(4)), startedAt: '2026-11-20T12:00:04.000Z', state: 'ended', endReason: 'caller_hangup' }),
        ];
        for (const call of calls) await repository.save(step(call), 0, signal);
      });

      const found = async (filter: Parameters<CallRepository['findLive']>[0], limit = 10): Promise<readonly string[]> =>
        (await repository.findLive(filter, limit, signal)).map(({ record }) => record.callId);

      it('gives the calls not ended, newest first', async () => {
        expect(await found({})).to.deep.equal([id(3), id(2), id(1)]);
      });

      it('gives at most as many as asked for', async () => {
        expect(await found({}, 2)).to.deep.equal([id(3), id(2)]);
        expect(await found({}, 0)).to.deep.equal([]);
      });

      it('keeps to one tenant, one node, or both', async () => {
        expect(await found({ tenantId: tenantId('harbour-grill') })).to.deep.equal([id(2)]);
        expect(await found({ ownerNode: 'node-2' })).to.deep.equal([id(3)]);
        expect(await found({ tenantId: tenantId('harbour-grill'), ownerNode: 'node-2' })).to.deep.equal([]);
      });

      it('leaves a call out as soon as it has ended', async () => {
        const stored = await repository.find(callId(id(1)), signal);
        await repository.save(step({ ...stored!.record, state: 'ended' }), stored!.version, signal);
        expect(await found({})).to.deep.equal([id(3), id(2)]);
      });
    });

    describe('life of a record', () => {
      it('ends one hour past the last write', async () => {
        const record = aCallRecord();
        await repository.save(step(record), 0, signal);
        await pass(59 * MINUTE_MS);
        expect(await repository.find(record.callId, signal)).not.to.equal(null);
        await pass(2 * MINUTE_MS);
        expect(await repository.find(record.callId, signal)).to.equal(null);
        expect(await repository.findLive({}, 10, signal)).to.deep.equal([]);
      });

      it('is prolonged by a write and by a touch', async () => {
        const written = aCallRecord({ callId: callId(id(1)) });
        const touched = aCallRecord({ callId: callId(id(2)) });
        const forgotten = aCallRecord({ callId: callId(id(3)) });
        for (const record of [written, touched, forgotten]) await repository.save(step(record), 0, signal);
        await pass(50 * MINUTE_MS);
        await repository.save(step({ ...written, state: 'answered' }), 1, signal);
        await repository.touch([touched.callId], signal);
        await pass(50 * MINUTE_MS);
        expect(await repository.find(written.callId, signal)).not.to.equal(null);
        expect(await repository.find(touched.callId, signal)).not.to.equal(null);
        expect(await repository.find(forgotten.callId, signal)).to.equal(null);
      });

      it('is half an hour for the transcript, and prolonged with it', async () => {
        const transcript = [{ speaker: 'caller', text: 'hello', heard: 'hello', interrupted: false }] as const;
        const awaitedDigits = { request: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000, secure: true }, question: 'Your pin, please.' } as const;
        const written = aCallRecord({ callId: callId(id(1)), transcript, awaitedDigits });
        const touched = aCallRecord({ callId: callId(id(2)), transcript, awaitedDigits });
        for (const record of [written, touched]) await repository.save(step(record), 0, signal);
        await pass(20 * MINUTE_MS);
        await repository.touch([touched.callId], signal);
        await pass(20 * MINUTE_MS);
        const unheeded = await repository.find(written.callId, signal);
        expect(unheeded?.record).to.deep.include({ transcript: [], awaitedDigits: { ...awaitedDigits, question: '' } });
        expect((await repository.find(touched.callId, signal))?.record).to.deep.include({ transcript, awaitedDigits });
      });

      it('is not begun by touching an unknown call', async () => {
        await repository.touch([callId(id(9))], signal);
        expect(await repository.find(callId(id(9)), signal)).to.equal(null);
      });

      it('leaves the version as it is when touched', async () => {
        const record = aCallRecord();
        await repository.save(step(record), 0, signal);
        await repository.touch([record.callId], signal);
        expect(await repository.save(step({ ...record, state: 'answered' }), 1, signal)).to.equal(2);
      });
    });

    it('does nothing once the signal has aborted', async () => {
      const record = aCallRecord();
      const error = await failure(repository.save(step(record), 0, AbortSignal.abort()));
      expect(error.code).to.match(/^call-repository\//u);
      expect(await repository.find(record.callId, signal)).to.equal(null);
    });

    it('may be closed twice', async () => {
      await repository.close();
      await repository.close();
    });
  });
}

function eventOf(sequence: number, body: EventBody = { type: 'dtmf.received' }): DomainEvent {
  return aDomainEvent(body, { sequence });
}

async function failure(work: Promise<unknown>): Promise<PortError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
  throw new Error('expected a PortError');
}
