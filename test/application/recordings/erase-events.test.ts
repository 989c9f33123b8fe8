import { expect } from 'chai';
import { EraseEvents, type EraseEventsPorts } from '../../../src/application/recordings/erase-events.js';
import type { CallRecord } from '../../../src/domain/call/call.js';
import { type CallId, callId, tenantId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const { signal } = new AbortController();

describe('EraseEvents', () => {
  let erased: CallId[];
  let running: readonly CallRecord[];
  let found: readonly CallId[];
  beforeEach(() => { erased = []; running = []; found = []; });

  const over = (deviations: Partial<EraseEventsPorts> = {}) => new EraseEvents({
    published: {
      callsOf: () => Promise.resolve(found),
      erase: (_tenant, callIds) => { erased.push(...callIds); return Promise.resolve(10 * callIds.size); },
    },
    repository: { findLive: () => Promise.resolve(running.map((record) => ({ record, version: 1 }))) },
    clock: new VirtualClock(), ...deviations,
  }).execute({ tenantId: BANK, number: '+4930777001', callIds: new Set([callId('known')]) }, signal);

  it('erases the events of calls that others have found, and of those that it finds itself', async () => {
    found = [callId('found'), callId('known')];
    expect(await over()).to.deep.equal({ count: 20, callIds: ['known', 'found'] });
    expect(erased).to.deep.equal(['known', 'found']);
  });

  it('passes over a call that goes on: without its beginning the rest would not be found later', async () => {
    const theirs = aCallRecord({ tenantId: BANK });
    running = [theirs];
    found = [theirs.callId];
    expect(await over()).to.deep.equal({ count: 10, callIds: ['known'] });
    expect(erased).to.deep.equal(['known']);
  });

  it('erases nothing while nobody knows which calls go on', async () => {
    const failure: unknown = await over({ repository: { findLive: () => Promise.reject(new Error('redis is away')) } }).then(() => null, (error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(erased).to.deep.equal([]);
  });

  it('gives up after half a minute', async () => {
    const clock = new VirtualClock();
    let limit: AbortSignal | null = null;
    const erasing = over({ clock, published: { callsOf: (_tenant, _number, given) => { limit = given; return new Promise((_, reject) => { given.addEventListener('abort', () => { reject(new Error('aborted')); }); }); }, erase: () => Promise.resolve(0) } }).then(() => null, (error: unknown) => error);
    await clock.run(30_000);
    expect(await erasing).to.be.instanceOf(Error);
    expect((limit as AbortSignal | null)?.aborted).to.equal(true);
    expect(clock.pending).to.equal(0);
  });
});
