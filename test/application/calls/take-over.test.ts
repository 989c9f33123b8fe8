import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { TakeOver } from '../../../src/application/calls/take-over.js';
import { SucceedCall } from '../../../src/application/calls/succeed-call.js';
import { FakeNodeRegistry } from '../../support/fakes/fake-node-registry.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Switchboard } from './switchboard.js';

const signal = new AbortController().signal;

/** Two nodes that share state, each with a clock of its own: the time of a dead process stands still. */
class TwoNodes {
  readonly publisher = new MemoryEventPublisher();
  readonly nodes = new FakeNodeRegistry();
  readonly repository = new MemoryCallRepository({ clock: new VirtualClock(), publisher: this.publisher });
  readonly first = new Switchboard({ publisher: this.publisher, repository: this.repository, nodeName: 'node-1', agent: { replies: [[text('Your card is on its way.')], [text('It comes on Thursday.')]] } });
  readonly second = new Switchboard({ publisher: this.publisher, repository: this.repository, nodeName: 'node-2', sharedAgent: this.first.agent });
  readonly clock = this.second.clock;
  readonly takeOver: TakeOver;

  constructor() {
    const { clock, repository, nodes, second } = this;
    void nodes.join('node-1');
    void nodes.join('node-2');
    this.takeOver = new TakeOver({
      clock, log: second.log, metrics: second.metrics, repository, claims: repository, nodes, telephony: second.telephony, registry: second.registry,
      nodeName: 'node-2', pbx: 'pbx-1', startedAtMs: 0,
    }, new SucceedCall(second.answerCallPorts));
  }

  /** A caller in conversation at the first node. */
  async talking(): Promise<FakeCallLeg> {
    const leg = await this.first.greeted();
    await this.first.says(leg, 'where is my card');
    await this.first.clock.run(1500);
    return leg;
  }

  /** Its process is gone: Asterisk keeps the channel, and the first node does nothing any more. */
  dies(leg: FakeCallLeg, connected = false): void {
    this.nodes.dies('node-1');
    this.second.telephony.orphans.set(leg.id, { connected });
  }

  async adoptedLeg(): Promise<FakeCallLeg> {
    await this.takeOver.begin(signal);
    await this.clock.run(200);
    return this.second.telephony.legs.at(-1)!;
  }

  async close(): Promise<void> {
    await this.takeOver.close();
  }
}

describe('a call whose node has died', () => {
  let two: TwoNodes;
  beforeEach(() => { two = new TwoNodes(); });
  afterEach(async () => {
    await two.close();
    expect(two.clock.pending, 'timers left').to.equal(0);
  });

  it('is gone on with by another node, with its history, and the caller is told', async () => {
    two.dies(await two.talking());
    const leg = await two.adoptedLeg();
    await two.clock.run(1500);
    expect(two.second.textToSpeech.texts).to.deep.equal(['Please go on.']);
    expect(await two.second.record()).to.include({ ownerNode: 'node-2', fence: 2, state: 'active', conversationId: 'conversation-1' });
    await two.second.says(leg, 'and when');
    expect(two.second.agent.turns.at(-1)).to.deep.include({ conversationId: 'conversation-1' });
    expect(two.second.textToSpeech.texts.at(-1)).to.equal('It comes on Thursday.');
    leg.farEnd.hangsUp();
    await two.clock.settle();
    expect(two.publisher.types().slice(-1)).to.deep.equal(['call.ended']);
    two.second.expectGaplessEvents();
    expect(two.second.agent.opened, 'conversations opened').to.have.length(1);
    expect(two.publisher.ofType('call.resumed')).to.deep.equal([{ type: 'call.resumed', formerNode: 'node-1', gapMs: 5000 }]);
    expect(two.second.telephony.swept).to.deep.equal(['node-1']);
    expect(two.second.metrics.value('calls_adopted_total', { outcome: 'adopted' })).to.equal(1);
  });

  it('is left alone while its node lives', async () => {
    const leg = await two.talking();
    await two.takeOver.begin(signal);
    await two.clock.run(5000);
    expect(two.second.telephony.legs).to.have.length(0);
    leg.farEnd.hangsUp();
    await two.first.clock.settle();
  });

  it('is found without being told, within two seconds', async () => {
    const leg = await two.talking();
    await two.takeOver.begin(signal);
    two.dies(leg);
    await two.clock.run(2000);
    expect(two.second.registry.size).to.equal(1);
    two.second.telephony.legs.at(-1)!.farEnd.hangsUp();
    await two.clock.settle();
  });

  it('is closed as lost when the caller has gone meanwhile', async () => {
    const leg = await two.talking();
    two.dies(leg);
    two.second.telephony.orphans.clear();
    await two.takeOver.begin(signal);
    await two.clock.settle();
    expect(two.publisher.ofType('call.ended')).to.have.length(1);
    expect(two.publisher.ofType('call.ended')[0]).to.include({ reason: 'lost', result: 'indeterminate', turns: 1 });
    expect(await two.repository.findLive({}, 10, signal)).to.deep.equal([]);
  });

  it('that was transferred goes on between the two people, without an agent', async () => {
    two.dies(await two.talking(), true);
    const leg = await two.adoptedLeg();
    expect(leg.media).to.equal(undefined);
    expect(two.second.textToSpeech.texts).to.deep.equal([]);
    expect((await two.second.record()).state).to.equal('transferred');
    leg.farEnd.hangsUp();
    await two.clock.settle();
    expect(two.publisher.ofType('call.ended')[0]).to.include({ reason: 'transferred' });
  });

  it('which still rang is answered and greeted', async () => {
    const leg = two.first.rings();
    leg.openMedia = () => new Promise(() => undefined);
    await two.first.clock.settle();
    two.dies(leg);
    const adopted = await two.adoptedLeg();
    await two.clock.run(1500);
    expect(two.second.textToSpeech.texts[0]).to.equal('Welcome to North Bank. How can I help you?');
    adopted.farEnd.hangsUp();
    await two.clock.settle();
  });

  it('is not taken by a node that drains, nor while Asterisk is away', async () => {
    const leg = await two.talking();
    two.dies(leg);
    two.second.telephony.ready = false;
    await two.takeOver.begin(signal);
    await two.clock.run(3000);
    expect(two.second.registry.size).to.equal(0);
    two.second.telephony.ready = true;
    await two.clock.run(2000);
    expect(two.second.registry.size).to.equal(1);
    two.second.telephony.legs.at(-1)!.farEnd.hangsUp();
    await two.clock.settle();
  });

  it('keeps what its old node still writes out of its state', async () => {
    const leg = await two.talking();
    two.nodes.dies('node-1');
    two.second.telephony.orphans.set(leg.id, { connected: false });
    const adopted = await two.adoptedLeg();
    leg.farEnd.hangsUp(); // the node was only slow, and hears its leg end
    await two.first.clock.run(2000);
    expect(await two.second.record()).to.include({ ownerNode: 'node-2', state: 'active' });
    adopted.farEnd.hangsUp();
    await two.clock.settle();
  });
});
