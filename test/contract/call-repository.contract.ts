import { expect } from 'chai';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import { PortError } from '../../src/application/ports/port-error.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../support/builders/a-call.js';

export interface CallRepositoryUnderTest {
  readonly repository: CallRepository;
  /** Lets `ms` of the repository's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

const MINUTE_MS = 60_000;
const id = (number: number): string => `01JCTEST${String(number).padStart(18, '0')}`;

/** What every CallRepository promises, of one process or of many. `make` gives an empty one; the suite closes it. */
export function callRepositoryContract(make: () => Promise<CallRepositoryUnderTest>): void {
  describe('keeps the contract of CallRepository', () => {
    const signal = new AbortController().signal;
    let repository: CallRepository;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => {
      ({ repository, pass } = await make());
    });

    afterEach(async () => {
      await repository.close();
    });

    describe('save', () => {
      it('writes a new call as version 1 and gives it back as it was', async () => {
        const record = aCallRecord();
        expect(await repository.save(record, 0, signal)).to.equal(1);
        expect(await repository.find(record.callId, signal)).to.deep.equal({ record, version: 1 });
      });

      it('grows the version by one with each accepted write', async () => {
        const record = aCallRecord();
        await repository.save(record, 0, signal);
        expect(await repository.save({ ...record, state: 'answered' }, 1, signal)).to.equal(2);
        expect((await repository.find(record.callId, signal))?.record.state).to.equal('answered');
      });

      it('refuses another version than the stored one and changes nothing', async () => {
        const record = aCallRecord();
        await repository.save(record, 0, signal);
        for (const version of [0, 2]) {
          const error = await failure(repository.save({ ...record, state: 'ended' }, version, signal));
          expect(error).to.include({ code: 'call-repository/conflict', kind: 'rejected', retryable: false });
        }
        expect(await repository.find(record.callId, signal)).to.deep.equal({ record, version: 1 });
      });

      it('refuses a next state of a call it does not know', async () => {
        const error = await failure(repository.save(aCallRecord(), 3, signal));
        expect(error.code).to.equal('call-repository/conflict');
      });

      it('accepts exactly one of many writers who saw the same version', async () => {
        const record = aCallRecord();
        await repository.save(record, 0, signal);
        const writes = await Promise.allSettled(Array.from({ length: 20 }, (_, fence) => repository.save({ ...record, fence }, 1, signal)));
        expect(writes.filter((write) => write.status === 'fulfilled')).to.have.lengthOf(1);
        expect((await repository.find(record.callId, signal))?.version).to.equal(2);
      });

      it('is not changed by what is done to a record given or got', async () => {
        const metadata = { trunk: 'a' };
        const record = aCallRecord({ metadata });
        await repository.save(record, 0, signal);
        metadata.trunk = 'b';
        const found = await repository.find(record.callId, signal);
        (found!.record.metadata as Record<string, string>)['trunk'] = 'c';
        expect((await repository.find(record.callId, signal))?.record.metadata).to.deep.equal({ trunk: 'a' });
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
        for (const call of calls) await repository.save(call, 0, signal);
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
        await repository.save({ ...stored!.record, state: 'ended' }, stored!.version, signal);
        expect(await found({})).to.deep.equal([id(3), id(2)]);
      });
    });

    describe('life of a record', () => {
      it('ends one hour past the last write', async () => {
        const record = aCallRecord();
        await repository.save(record, 0, signal);
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
        for (const record of [written, touched, forgotten]) await repository.save(record, 0, signal);
        await pass(50 * MINUTE_MS);
        await repository.save({ ...written, state: 'answered' }, 1, signal);
        await repository.touch([touched.callId], signal);
        await pass(50 * MINUTE_MS);
        expect(await repository.find(written.callId, signal)).not.to.equal(null);
        expect(await repository.find(touched.callId, signal)).not.to.equal(null);
        expect(await repository.find(forgotten.callId, signal)).to.equal(null);
      });

      it('is not begun by touching an unknown call', async () => {
        await repository.touch([callId(id(9))], signal);
        expect(await repository.find(callId(id(9)), signal)).to.equal(null);
      });

      it('leaves the version as it is when touched', async () => {
        const record = aCallRecord();
        await repository.save(record, 0, signal);
        await repository.touch([record.callId], signal);
        expect(await repository.save({ ...record, state: 'answered' }, 1, signal)).to.equal(2);
      });
    });

    it('does nothing once the signal has aborted', async () => {
      const record = aCallRecord();
      const error = await failure(repository.save(record, 0, AbortSignal.abort()));
      expect(error.code).to.match(/^call-repository\//u);
      expect(await repository.find(record.callId, signal)).to.equal(null);
    });

    it('may be closed twice', async () => {
      await repository.close();
      await repository.close();
    });
  });
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
