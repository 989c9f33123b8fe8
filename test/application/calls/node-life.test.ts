import { expect } from 'chai';
import { NodeLife } from '../../../src/application/calls/node-life.js';
import { CallRegistry, type LiveCall } from '../../../src/application/calls/call-registry.js';
import { NODE_BEAT_INTERVAL_MS } from '../../../src/application/ports/node-registry.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { FakeNodeRegistry } from '../../support/fakes/fake-node-registry.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

class Life {
  readonly clock = new VirtualClock();
  readonly nodes = new FakeNodeRegistry();
  readonly log = new RecordingLogger();
  readonly registry = new CallRegistry(10, new RecordingMetrics());
  readonly touched: string[][] = [];
  readonly renewed: string[][] = [];
  readonly released: string[] = [];
  whileTouching: () => Promise<void> = () => Promise.resolve();
  whileRenewing: () => Promise<void> = () => Promise.resolve();
  superseded = 0;
  readonly life = new NodeLife({
    clock: this.clock, log: this.log, nodes: this.nodes, registry: this.registry, nodeName: 'node-1', onSuperseded: () => { this.superseded += 1; },
    repository: { touch: async (ids: readonly string[]) => { this.touched.push([...ids]); await this.whileTouching(); } } as never,
    slots: {
      renew: async (slots: readonly { callId: string }[]) => {
        this.renewed.push(slots.map((slot) => slot.callId));
        await this.whileRenewing();
      },
      release: (slot: { callId: string }) => { this.released.push(slot.callId); return Promise.resolve(); },
    } as never,
  });
}

function aCall(id: string, taken = false): { readonly call: LiveCall; readonly finish: () => void } {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => { finish = resolve; });
  return { call: { callId: callId(id), tenantId: tenantId('t-1'), fence: 1, taken, letGo: () => undefined, windUp: () => undefined, obey: () => Promise.resolve('accepted'), abort: () => Promise.resolve(), finished }, finish };
}

describe('the life of a node', () => {
  let node: Life;
  beforeEach(() => { node = new Life(); });
  afterEach(async () => {
    await node.life.close();
    expect(node.clock.pending, 'timers left').to.equal(0);
  });

  it('is announced, told on, and ended with a goodbye', async () => {
    await node.life.begin();
    expect(await node.nodes.living()).to.deep.equal(['node-1']);
    let beats = 0;
    const beat = node.nodes.beat.bind(node.nodes);
    node.nodes.beat = (...beatOf) => { beats += 1; return beat(...beatOf); };
    await node.clock.run(NODE_BEAT_INTERVAL_MS * 3);
    expect(beats).to.equal(3);
    await node.life.close();
    await node.life.close();
    expect(await node.nodes.living()).to.deep.equal([]);
  });

  it('takes no more calls, told once, when a newer process has its name', async () => {
    await node.life.begin();
    await node.nodes.join('node-1');
    await node.clock.run(NODE_BEAT_INTERVAL_MS * 3);
    expect(node.superseded).to.equal(1);
    expect(node.log.messages('error')).to.have.length(1);
  });

  it('goes on while shared state is away, and is announced when it is back', async () => {
    const join = node.nodes.join.bind(node.nodes);
    node.nodes.join = () => Promise.reject(new Error('away'));
    await node.life.begin();
    await node.clock.run(NODE_BEAT_INTERVAL_MS * 20);
    expect(node.log.messages('warn'), 'told once').to.deep.equal(['not announced to the other nodes yet', 'no sign of life given']);
    node.nodes.join = join;
    await node.clock.run(NODE_BEAT_INTERVAL_MS);
    expect(await node.nodes.living()).to.deep.equal(['node-1']);
    node.nodes.beat = () => Promise.reject(new Error('away again'));
    await node.clock.run(NODE_BEAT_INTERVAL_MS * 20);
    expect(node.log.messages('warn'), 'each outage').to.have.length(3);
  });

  it('does not wait for shared state that hangs', async () => {
    node.nodes.join = () => new Promise(() => undefined);
    const begun = node.life.begin();
    await node.clock.run(2000);
    await begun;
    const closed = node.life.close();
    await node.clock.run(5000);
    await closed;
  });

  it('prolongs what its calls hold, before it expires', async () => {
    await node.life.begin();
    await node.clock.run(25_000);
    expect(node.touched, 'nothing to prolong').to.deep.equal([]);
    node.registry.add(aCall('c-1').call);
    await node.clock.run(20_000);
    expect(node.touched).to.deep.equal([['c-1']]);
    expect(node.renewed).to.deep.equal([['c-1']]);
    expect(node.released).to.deep.equal([]);
  });

  it('prolongs no slot of a call that ended a moment ago, nor of one that another node has', async () => {
    await node.life.begin();
    const [ending, taken, living] = [aCall('ending'), aCall('taken', true), aCall('living')];
    for (const { call } of [ending, taken, living]) node.registry.add(call);
    node.whileTouching = async () => { ending.finish(); await ending.call.finished; };
    await node.clock.run(20_000);
    expect(node.renewed).to.deep.equal([['living']]);
  });

  it('gives a slot back that was prolonged while its call gave it back', async () => {
    await node.life.begin();
    const [ending, taken] = [aCall('ending'), aCall('taken')];
    for (const { call } of [ending, taken]) node.registry.add(call);
    node.whileRenewing = async () => {
      ending.finish();
      (taken.call as { taken: boolean }).taken = true;
      taken.finish();
      await taken.call.finished;
    };
    await node.clock.run(20_000);
    expect(node.released, 'of its own').to.deep.equal(['ending']);
  });
});
