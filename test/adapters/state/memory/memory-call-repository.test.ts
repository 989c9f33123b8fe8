import { expect } from 'chai';
import { MemoryCallRepository } from '../../../../src/adapters/state/memory/memory-call-repository.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { callRepositoryContract } from '../../../contract/call-repository.contract.js';
import { callClaimsContract } from '../../../contract/call-claims.contract.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { MemoryEventPublisher } from '../../../support/fakes/memory-event-publisher.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('MemoryCallRepository', () => {
  const signal = new AbortController().signal;

  callRepositoryContract(() => {
    const clock = new VirtualClock();
    const publisher = new MemoryEventPublisher();
    return Promise.resolve({
      repository: new MemoryCallRepository({ clock, publisher }), pass: (ms) => clock.run(ms), told: () => Promise.resolve(publisher.events),
    });
  });

  callClaimsContract(() => {
    const repository = new MemoryCallRepository({ clock: new VirtualClock(), publisher: null });
    return Promise.resolve({ repository, claims: repository });
  });

  const full = async (state: 'active' | 'ended'): Promise<MemoryCallRepository> => {
    const repository = new MemoryCallRepository({ clock: new VirtualClock(), publisher: null, recordsMax: 3 });
    for (const id of ['a', 'b', 'c']) await repository.save({ record: aCallRecord({ callId: callId(id), state: id === 'b' ? state : 'active' }), events: [] }, 0, signal);
    return repository;
  };

  it('forgets the call that ended longest ago when it is full', async () => {
    const repository = await full('ended');
    await repository.save({ record: aCallRecord({ callId: callId('d') }), events: [] }, 0, signal);
    expect(await repository.find(callId('b'), signal)).to.equal(null);
    expect(await repository.find(callId('a'), signal)).not.to.equal(null);
  });

  it('refuses a new call when all it holds are alive, and still takes their next states', async () => {
    const repository = await full('active');
    let code = '';
    await repository.save({ record: aCallRecord({ callId: callId('d') }), events: [] }, 0, signal).catch((error: unknown) => { ({ code } = error as { code: string }); });
    expect(code).to.equal('call-repository/full');
    expect(await repository.save({ record: aCallRecord({ callId: callId('a'), state: 'ended' }), events: [] }, 1, signal)).to.equal(2);
  });
});
