import { expect } from 'chai';
import * as fc from 'fast-check';
import { RedisCallClaims } from '../../../../src/adapters/state/redis/redis-call-claims.js';
import { RedisCallRepository } from '../../../../src/adapters/state/redis/redis-call-repository.js';
import type { RedisConnection } from '../../../../src/adapters/state/redis/redis-connection.js';
import { RedisKeys } from '../../../../src/adapters/state/redis/redis-keys.js';
import { CallJournal } from '../../../../src/application/calls/call-journal.js';
import type { CallRepository, CallStep, StoredCall, Testimony } from '../../../../src/application/ports/call-repository.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { Call, type CallChange, type CallRefusal, isRefusal } from '../../../../src/domain/call/call.js';
import type { DomainEvent } from '../../../../src/domain/shared/domain-event.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { RedisWorld } from './redis-world.js';

/** Interleavings run; each is a call of its own. */
const INTERLEAVINGS = 10_000;
/** At one time, so that round trips to the server overlap. */
const AT_ONCE = 50;
const ACTS_MAX = 16;

/** What befalls a write: it arrives and is answered; it arrives, the answer is lost; it arrives later than its time-out; it never arrives. */
const FATES = ['fine', 'fine', 'fine', 'answer-lost', 'late', 'never'] as const;
type Fate = (typeof FATES)[number];
/** A step of the owner (first or second node), the second node's claim, the arrival of what was late, or the end of the call. */
const ACTS = ['first', 'first', 'second', 'claim', 'arrive', 'end-first', 'end-second'] as const;
type Act = (typeof ACTS)[number];

interface Plan {
  readonly acts: readonly Act[];
  readonly fates: readonly Fate[];
}

/** Nothing here is given up from outside; each act has its own, as in the product. */
const open = (): AbortSignal => new AbortController().signal;

/** The way to the server, as the plan has it. What is late arrives when the test says so. */
class BadRoad implements CallRepository {
  private readonly late: (() => Promise<unknown>)[] = [];

  constructor(private readonly to: CallRepository, private readonly fate: () => Fate) {}

  save(step: CallStep, expectedVersion: number): Promise<number> {
    return this.send(() => this.to.save(step, expectedVersion, open()));
  }

  append(testimonies: readonly Testimony[]): Promise<void> {
    return this.send(() => this.to.append(testimonies, open()));
  }

  find(id: Parameters<CallRepository['find']>[0]): Promise<StoredCall | null> {
    return this.to.find(id, open());
  }

  findLive: CallRepository['findLive'] = (filter, limit) => this.to.findLive(filter, limit, open());
  touch: CallRepository['touch'] = (ids) => this.to.touch(ids, open());
  close = (): Promise<void> => this.to.close();

  /** What timed out long ago is carried out now: the ghost of a write. */
  async arrive(): Promise<void> {
    for (const act of this.late.splice(0)) await act().catch(() => undefined); // refused, as it should be, or not
  }

  private async send<Result>(act: () => Promise<Result>): Promise<Result> {
    const fate = this.fate();
    if (fate === 'fine') return act();
    if (fate === 'late') this.late.push(act);
    if (fate === 'answer-lost') await act().catch(() => undefined); // nobody is there to hear it
    throw new PortError('no answer', { code: 'call-repository/timeout', kind: 'timeout' });
  }
}

/** One node's view of the call: its state in memory, its journal, and the events it has told of. */
class Owner {
  call: Call;
  /** What is to be in the outbox from this node. */
  told: { readonly id: string; readonly sequence: number; readonly end: boolean }[] = [];
  private made = 0;
  private readonly journal: CallJournal;

  constructor(readonly node: string, start: Call, road: BadRoad, world: { readonly clock: VirtualClock; readonly version: number }) {
    this.call = start;
    let made = 0;
    const { callId: id, tenantId } = start.record;
    this.journal = new CallJournal({
      clock: world.clock, repository: road, metrics: new RecordingMetrics(), log: new RecordingLogger(), nodeName: node,
      ids: { next: () => { made += 1; return `${id}-${node}-${made}`; } },
    }, {
      callId: id, tenantId, version: world.version,
      onTaken: () => { this.told = this.told.filter(({ end }) => !end); }, // the call goes on there
    });
  }

  enter(change: CallChange | CallRefusal): void {
    if (isRefusal(change)) return;
    const entered = this.journal.enter(change);
    if (entered === null) return; // it knows that the other has the call
    this.call = entered;
    const { lastSequence } = change.call.record;
    for (const [index, { type }] of change.events.entries()) {
      this.made += 1;
      const sequence = lastSequence - change.events.length + 1 + index;
      this.told.push({ id: `${this.call.record.callId}-${this.node}-${this.made}`, sequence, end: type === 'call.ended' });
    }
  }

  /** Nothing waits to be written. */
  async idle(): Promise<boolean> {
    let settled = false;
    void this.journal.settled().then(() => { settled = true; });
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    return settled;
  }
}

/** Plays one plan against the server and gives what went wrong. */
async function play({ acts, fates }: Plan, connection: RedisConnection, prefix: string): Promise<{ readonly keys: RedisKeys; readonly first: Owner; readonly second: Owner | null; readonly stored: StoredCall | null }> {
  const keys = new RedisKeys(prefix);
  const shared = new RedisCallRepository({ connection, keys, logger: new RecordingLogger() });
  const claims = new RedisCallClaims(connection, keys);
  const clock = new VirtualClock();
  let writes = 0;
  let bad = true;
  const road = new BadRoad(shared, () => {
    writes += 1;
    return bad ? fates[writes % fates.length] ?? 'fine' : 'fine';
  });
  const started = Call.start(aCallRecord({ callId: callId(`${prefix}call`) }), { wall: '2026-11-20T12:00:00.000Z', ms: 1000 });
  const first = new Owner('node-1', started.call, road, { clock, version: 0 });
  first.enter(started);
  let second: Owner | null = null;
  const act = {
    first: () => { first.enter(first.call.note({ type: 'dtmf.received' })); },
    second: () => { second?.enter(second.call.note({ type: 'dtmf.received' })); },
    claim: async () => {
      if (second !== null) return;
      const claimed = await claims.claim(first.call.record.callId, 1, 'node-2', open());
      if (claimed !== null) second = new Owner('node-2', Call.restore(claimed.record, 1000), road, { clock, version: claimed.version });
    },
    arrive: () => road.arrive(),
    'end-first': () => { first.enter(first.call.end('caller_hangup', 0, { wall: '2026-11-20T12:01:00.000Z', ms: 61_000 })); },
    'end-second': () => { second?.enter(second.call.end('caller_hangup', 0, { wall: '2026-11-20T12:01:00.000Z', ms: 61_000 })); },
  } satisfies Record<Act, () => unknown>;
  for (const [index, name] of acts.entries()) {
    await act[name]();
    if (index % 3 === 2) await clock.run(200); // sometimes the next act comes before the last write is done
  }
  bad = false;
  const owners = [first, second as Owner | null];
  const quiet = async (): Promise<boolean> => clock.pending === 0 && (await Promise.all(owners.map(async (owner) => await owner?.idle() ?? true))).every(Boolean);
  while (!await quiet()) {
    await new Promise((resolve) => { setTimeout(resolve, 1); }); // the server's time
    await clock.run(50);
  }
  await road.arrive(); // the last ghosts come when all is over
  return { keys, first, second, stored: await shared.find(first.call.record.callId, open()) };
}

const ends = ({ body }: DomainEvent): boolean => body.type === 'call.ended';

function expectTold(outbox: readonly DomainEvent[], owners: readonly (Owner | null)[]): void {
  for (const owner of owners) {
    const told = outbox.filter(({ node }) => node === owner?.node).map((event) => ({ id: event.id, sequence: event.sequence, end: ends(event) }));
    expect(told, `events of ${owner?.node ?? 'nobody'}`).to.deep.equal(owner?.told ?? []);
  }
}

describe('two owners of a call, time-outs and ghosts', () => {
  let world: RedisWorld;
  before(async () => { world = await RedisWorld.start(); });
  after(async () => { await world.stop(); });
  afterEach(async () => { await world.disconnect(); });

  it(`loses no update, tells every event exactly once and in order, and lets no ended call live again, in ${INTERLEAVINGS} interleavings`, async function interleavings() {
    this.timeout(300_000);
    const connection = await world.connect({ commandTimeoutMs: 30_000 });
    const plan = fc.record({ acts: fc.array(fc.constantFrom(...ACTS), { minLength: 3, maxLength: ACTS_MAX }), fates: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 12 }) });
    let played = 0;
    let claimed = 0;
    let ended = 0;
    await fc.assert(fc.asyncProperty(fc.array(plan, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (plans) => {
      const games = await Promise.all(plans.map((one) => { played += 1; return play(one, connection, `m${played}:`); }));
      for (const { keys, first, second, stored } of games) {
        const outbox = (await world.inspector.xrange(keys.outbox, '-', '+')).map(([, fields]) => JSON.parse(fields[1] ?? '') as DomainEvent);
        expectTold(outbox, [first, second]);
        const owner = second ?? first;
        expect(stored?.record, 'the newest state of the owner').to.deep.equal(owner.call.record);
        expect(outbox.filter(ends).length, 'ends told').to.equal(stored?.record.state === 'ended' ? 1 : 0);
        if (second !== null) claimed += 1;
        if (stored?.record.state === 'ended') ended += 1;
      }
      expect(await world.immortal()).to.deep.equal([]);
      await world.empty();
    }), { numRuns: INTERLEAVINGS / AT_ONCE, endOnFailure: true });
    expect(played).to.equal(INTERLEAVINGS);
    expect(claimed, 'take-overs among them').to.be.greaterThan(INTERLEAVINGS / 10);
    expect(ended, 'calls ended among them').to.be.greaterThan(INTERLEAVINGS / 10);
  });
});
