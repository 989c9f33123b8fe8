import { expect } from 'chai';
import { EraseSubject, type EraseSubjectPorts, type Erasure, type NotReached } from '../../../src/application/recordings/erase-subject.js';
import { ERASED_CALLS_MAX } from '../../../src/domain/call/call-order.js';
import type { AddressedOrder } from '../../../src/application/ports/call-orders.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../support/builders/a-call.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const NUMBER = '+49 30 777-001';
const KAFKA: NotReached = { what: 'kafka', where: 'voicegw.*', why: 'Published.' };
const signal = new AbortController().signal;

describe('EraseSubject', () => {
  const clock = new VirtualClock();
  let log: RecordingLogger;
  let ordered: { readonly node: string; readonly addressed: AddressedOrder }[];
  let erased: string[];
  beforeEach(() => { log = new RecordingLogger(); ordered = []; erased = []; });

  const over = (deviations: Partial<EraseSubjectPorts> = {}): EraseSubject => new EraseSubject({
    erasers: [
      { what: 'recordings', erase: () => { erased.push('recordings'); return Promise.resolve({ count: 2, callIds: [callId('c-1'), callId('c-1')] }); } },
      { what: 'calls', erase: () => { erased.push('calls'); return Promise.resolve({ count: 3, callIds: [callId('c-1'), callId('c-2'), callId('c-3')] }); } },
    ],
    followers: [{ what: 'events', erase: ({ callIds }) => { erased.push(`events of ${[...callIds].join(' ')}`); return Promise.resolve({ count: 40, callIds: [callId('c-4')] }); } }],
    repository: { findLive: () => Promise.resolve([]) },
    orders: { issue: (node, addressed) => { ordered.push({ node, addressed }); return Promise.resolve('accepted'); } },
    nodes: { alive: () => Promise.resolve(['gw-3', 'gw-1', 'gw-2'].map((name) => ({ name, incarnation: 1 }))) },
    nodeName: 'gw-1', never: [KAFKA], clock, log, ...deviations,
  });

  it('asks whatever knows the person here, then all other nodes, and says what is never reached', async () => {
    expect(await over().execute(BANK, NUMBER, signal)).to.deep.equal({ recordings: 2, calls: 3, events: 40, nodes: ['gw-2', 'gw-3'], notReached: [KAFKA] });
    expect(ordered.map(({ node }) => node).sort()).to.deep.equal(['gw-2', 'gw-3']);
    expect(ordered[0]?.addressed).to.deep.equal({ callId: null, order: { type: 'erase-subject', tenantId: BANK, number: NUMBER, callIds: ['c-4', 'c-3', 'c-2', 'c-1'] } });
    expect(erased).to.deep.equal(['recordings', 'calls', 'events of c-1 c-2 c-3']);
  });

  it('tells which nodes did not confirm, and goes on with the others', async () => {
    const { nodes, notReached } = await over({
      orders: { issue: (node) => (node === 'gw-2' ? Promise.reject(new PortError('nobody there', { code: 'call-orders/unreachable', kind: 'unavailable' })) : Promise.resolve('failed')) },
    }).execute(BANK, NUMBER, signal);
    expect(nodes).to.deep.equal([]);
    expect(notReached.map(({ what, where }) => `${what} ${where}`).sort()).to.deep.equal(['kafka voicegw.*', 'node gw-2', 'node gw-3']);
    expect(JSON.stringify(notReached)).not.to.contain('777');
  });

  it('does not take nodes that it cannot know for none', async () => {
    const { notReached } = await over({ nodes: { alive: () => Promise.reject(new Error('redis is away')) } }).execute(BANK, NUMBER, signal);
    expect(notReached.map(({ what }) => what)).to.deep.equal(['nodes', 'kafka']);
    expect((await over({ nodes: null }).execute(BANK, NUMBER, signal)).notReached).to.deep.equal([KAFKA]);
  });

  it('names the calls of the person that go on, and those only', async () => {
    const theirs = aCallRecord({ tenantId: BANK, callerNumber: '4930777001' });
    const another = aCallRecord({ tenantId: BANK, callerNumber: '4930777002' });
    const found = [theirs, another].map((record) => ({ record, version: 1 }));
    expect((await over({ repository: { findLive: () => Promise.resolve(found) } }).execute(BANK, NUMBER, signal)).notReached.filter(({ what }) => what === 'live-call').map(({ where }) => where)).to.deep.equal([theirs.callId]);
    const unknown = await over({ repository: { findLive: () => Promise.reject(new Error('redis is away')) } }).execute(BANK, NUMBER, signal);
    expect(unknown.notReached.map(({ what }) => what)).to.include('live-calls');
  });

  it('names a call that ended meanwhile too: what was kept of it may have been passed over', async () => {
    const theirs = aCallRecord({ tenantId: BANK, callerNumber: '4930777001' });
    let asked = 0;
    const { notReached } = await over({ repository: { findLive: () => { asked += 1; return Promise.resolve(asked === 1 ? [{ record: theirs, version: 1 }] : []); } } }).execute(BANK, NUMBER, signal);
    expect(notReached.map(({ where }) => where)).to.deep.equal([theirs.callId, KAFKA.where]);
  });

  it('names to other nodes no more calls than an order has room for, the newest, and says so', async () => {
    const callIds = Array.from({ length: ERASED_CALLS_MAX + 1 }, (_, at) => callId(String(10_000 + at)));
    const { notReached } = await over({ followers: [{ what: 'events', erase: () => Promise.resolve({ count: 0, callIds }) }], erasers: [] }).execute(BANK, NUMBER, signal);
    const named = ordered.map(({ addressed: { order } }) => (order.type === 'erase-subject' ? order.callIds : []));
    expect(named.map((ids) => [ids.length, ids.includes(callId('10000'))])).to.deep.equal([[ERASED_CALLS_MAX, false], [ERASED_CALLS_MAX, false]]);
    expect(notReached.map(({ what }) => what)).to.deep.equal(['event-log', 'kafka']);
    expect((await over({ nodes: null, followers: [{ what: 'events', erase: () => Promise.resolve({ count: 0, callIds }) }] }).execute(BANK, NUMBER, signal)).notReached).to.deep.equal([KAFKA]);
  });

  it('asks all, other nodes too, even when something here fails, and throws that then', async () => {
    const failure = await over({ erasers: [{ what: 'calls', erase: () => Promise.reject(new Error('away')) }, { what: 'recordings', erase: () => { erased.push('recordings'); return Promise.resolve({ count: 1, callIds: [] }); } }] })
      .execute(BANK, NUMBER, signal).then(() => null, (error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(erased).to.deep.equal(['recordings', 'events of ']);
    expect(ordered).to.have.lengthOf(2);
  });

  it('does what another node orders, asks no further, and says when it could not', async () => {
    const order = { type: 'erase-subject', tenantId: BANK, number: NUMBER, callIds: [callId('c-0')] } as const;
    expect(await over().asOrdered(order)).to.equal('accepted');
    expect([erased, ordered]).to.deep.equal([['recordings', 'calls', 'events of c-0 c-1 c-2 c-3'], []]);
    expect(await over({ erasers: [{ what: 'calls', erase: () => Promise.reject(new Error('away')) }] }).asOrdered(order)).to.equal('failed');
    expect(log.messages('error')).to.have.lengthOf(1);
    expect(JSON.stringify(log.lines)).not.to.contain('777');
  });

  describe('when followers here take long', () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const goesOn: NotReached = { what: 'event-log', where: 'gw-1', why: 'It goes on, for half a minute at most: ask again.' };

    it('answers after five seconds that it goes on, and has asked the other nodes', async () => {
      const limits: AbortSignal[] = [];
      const subject = over({ followers: [{ what: 'events', erase: (_subject, limit) => { limits.push(limit); return never(); } }] });
      let answer: Erasure | null = null;
      const executed = subject.execute(BANK, NUMBER, signal).then((given) => { answer = given; });
      await clock.run(4999);
      expect(answer).to.equal(null);
      await clock.run(1);
      await executed;
      expect(answer).to.deep.equal({ recordings: 2, calls: 3, events: 0, nodes: ['gw-2', 'gw-3'], notReached: [goesOn, KAFKA] });
      expect(limits.map(({ aborted }) => aborted)).to.deep.equal([false]);
      await clock.run(25_000);
      expect(limits.map(({ aborted }) => aborted)).to.deep.equal([true]);
      expect(log.messages('error')).to.deep.equal(['somebody could not be forgotten here after the answer: it said to ask again']);
      expect(clock.pending).to.equal(0);
      expect(JSON.stringify(log.lines)).not.to.contain('777');
    });

    it('lets them end though the request has, and says in the log that they did', async () => {
      const request = new AbortController();
      const subject = over({ followers: [{ what: 'events', erase: (_subject, limit) => new Promise((resolve, reject) => {
        limit.addEventListener('abort', () => { reject(new Error('aborted')); });
        clock.after(20_000, () => { resolve({ count: 40, callIds: [] }); });
      }) }] });
      const executed = subject.execute(BANK, NUMBER, request.signal);
      await clock.run(2000);
      request.abort();
      await clock.run(3000);
      expect((await executed).notReached).to.deep.equal([goesOn, KAFKA]);
      await clock.run(15_000);
      expect(log.lines.map(({ level, fields }) => [level, fields['events']])).to.deep.equal([['info', 40]]);
      expect(clock.pending).to.equal(0);
    });

    it('gives up what goes on when it is closed', async () => {
      const subject = over({ followers: [{ what: 'events', erase: never }] });
      const executed = subject.execute(BANK, NUMBER, signal);
      await clock.run(5000);
      await executed;
      await subject.close();
      await clock.settle();
      expect(log.messages('error')).to.have.lengthOf(1);
      expect(clock.pending).to.equal(0);
    });

    it('lets no more than twenty go on', async () => {
      let begun = 0;
      const subject = over({ erasers: [], followers: [{ what: 'events', erase: () => { begun += 1; return never(); } }] });
      const executed = Promise.allSettled(Array.from({ length: 21 }, () => subject.execute(BANK, NUMBER, signal)));
      await clock.run(5000);
      expect((await executed).map(({ status }) => status)).to.deep.equal([...Array.from({ length: 20 }, () => 'fulfilled'), 'rejected']);
      expect(begun).to.equal(20);
      await subject.close();
    });
  });

  it('asks other nodes and for running calls though the request ends in the middle, and waits for none of them for ever', async () => {
    const request = new AbortController();
    const given: AbortSignal[] = [];
    let looked = 0;
    const subject = over({
      erasers: [{ what: 'calls', erase: () => { request.abort(); return new Promise(() => undefined); } }],
      repository: { findLive: (_filter, _limit, limit) => { looked += limit.aborted ? 0 : 1; return Promise.resolve([]); } },
      nodes: { alive: (limit) => { given.push(limit); return limit.aborted ? Promise.reject(new Error('aborted')) : Promise.resolve([{ name: 'gw-2', incarnation: 1 }]); } },
      orders: { issue: (node, addressed, limit) => { expect(limit.aborted).to.equal(false); ordered.push({ node, addressed }); given.push(limit); return new Promise(() => undefined); } },
    });
    const failure = subject.execute(BANK, NUMBER, request.signal).then(() => null, (error: unknown) => error);
    await clock.run(6000);
    expect(await failure).to.be.instanceOf(Error);
    expect(ordered.map(({ node }) => node)).to.deep.equal(['gw-2']);
    expect(looked).to.equal(2);
    expect(given.at(-1)?.aborted).to.equal(true);
    expect(clock.pending).to.equal(0);
  });
});
