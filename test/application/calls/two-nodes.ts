import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { TakeOver } from '../../../src/application/calls/take-over.js';
import { SucceedCall } from '../../../src/application/calls/succeed-call.js';
import type { StoredCall } from '../../../src/application/ports/call-repository.js';
import { FakeNodeRegistry } from '../../support/fakes/fake-node-registry.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { type ScriptedReply, text } from '../../support/fakes/scripted-agent.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Switchboard, type SwitchboardOptions } from './switchboard.js';

const signal = new AbortController().signal;

/** Two nodes that share state, each with a clock of its own: the time of a dead process stands still. */
export class TwoNodes {
  readonly publisher = new MemoryEventPublisher();
  readonly nodes = new FakeNodeRegistry();
  readonly repository = new MemoryCallRepository({ clock: new VirtualClock(), publisher: this.publisher });
  readonly first: Switchboard;
  readonly second: Switchboard;
  readonly clock: VirtualClock;
  readonly takeOver: TakeOver;

  constructor(replies: readonly ScriptedReply[] = [[text('Your card is on its way.')], [text('It comes on Thursday.')]], second: Omit<SwitchboardOptions, 'publisher' | 'repository' | 'nodeName'> = {}, first: SwitchboardOptions = {}) {
    const { publisher } = this;
    this.first = new Switchboard({ ...first, publisher, repository: this.repository, nodeName: 'node-1', agent: { replies } });
    this.second = new Switchboard({ publisher, repository: this.repository, nodeName: 'node-2', sharedAgent: this.first.agent, ...second });
    this.clock = this.second.clock;
    const { clock, repository, nodes } = this;
    void nodes.join('node-1');
    void nodes.join('node-2');
    this.takeOver = new TakeOver({
      clock, log: this.second.log, metrics: this.second.metrics, repository, claims: repository, nodes, telephony: this.second.telephony, registry: this.second.registry,
      nodeName: 'node-2', pbx: 'pbx-1', startedAtMs: 0,
    }, new SucceedCall(this.second.answerCallPorts));
  }

  /** A caller in conversation at the first node. */
  async talking(): Promise<FakeCallLeg> {
    const leg = await this.first.greeted();
    await this.first.says(leg, 'where is my card');
    await this.first.clock.run(1500);
    return leg;
  }

  /** The first node looks for calls of dead nodes, once. */
  async lookFromFirst(): Promise<void> {
    const { first, repository, nodes } = this;
    const { clock, log, metrics, telephony, registry } = first;
    const takeOver = new TakeOver({
      clock, log, metrics, repository, claims: repository, nodes, telephony, registry, nodeName: 'node-1', pbx: 'pbx-1', startedAtMs: 0,
    }, new SucceedCall(first.answerCallPorts));
    await takeOver.begin(signal);
    await clock.settle();
    await takeOver.close();
  }

  /** Its process is gone: Asterisk keeps the channel, and the first node does nothing any more. */
  dies(leg: FakeCallLeg, connected = false): void {
    void this.nodes.dies('node-1');
    this.second.telephony.orphans.set(leg.id, { connected });
  }

  async adoptedLeg(): Promise<FakeCallLeg> {
    await this.takeOver.begin(signal);
    await this.clock.run(200);
    return this.second.telephony.legs.at(-1)!;
  }

  /** The only call that lives, as state has it. */
  async stored(): Promise<StoredCall> {
    const [stored] = await this.repository.findLive({}, 2, signal);
    if (stored === undefined) throw new Error('no call lives');
    return stored;
  }

  /** As if its node had said so before it died. */
  async becomes(changes: Partial<StoredCall['record']>): Promise<void> {
    const { record, version } = await this.stored();
    await this.repository.save({ record: { ...record, ...changes }, events: [] }, version, signal);
  }

  async close(): Promise<void> {
    await this.takeOver.close();
  }
}
