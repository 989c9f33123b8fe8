import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { MemoryOutboundQuota } from '../../../src/adapters/state/memory/memory-outbound-quota.js';
import { SucceedCall } from '../../../src/application/calls/succeed-call.js';
import { TakeOver } from '../../../src/application/calls/take-over.js';
import type { ConversationRequest } from '../../../src/application/ports/agent.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { FakeNodeRegistry } from '../../support/fakes/fake-node-registry.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { boardFor, OUTBOUND, placed, TENANT } from './outbound-board.js';
import type { Switchboard } from './switchboard.js';

describe('a call that was placed and whose node has died', () => {
  const signal = new AbortController().signal;
  let publisher: MemoryEventPublisher;
  let quota: MemoryOutboundQuota;
  let first: Switchboard;
  let second: Switchboard;
  let takeOver: TakeOver;

  beforeEach(async () => {
    publisher = new MemoryEventPublisher();
    const nodes = new FakeNodeRegistry();
    const repository = new MemoryCallRepository({ clock: new VirtualClock(), publisher });
    const shared = { publisher, repository };
    const quotaClock = new VirtualClock();
    quota = new MemoryOutboundQuota(quotaClock);
    first = boardFor({ ...shared, quota, nodeName: 'node-1', agent: { replies: [[text('It comes on Thursday.')]] } });
    second = boardFor({ ...shared, quota, nodeName: 'node-2', sharedAgent: first.agent, profile: { turnPolicy: { callerSilenceMs: 600_000 } } });
    const { clock, log, metrics, telephony, registry } = second;
    await nodes.join('node-2');
    takeOver = new TakeOver({ clock, log, metrics, repository, claims: repository, nodes, telephony, registry, nodeName: 'node-2', pbx: 'pbx-1', startedAtMs: 0 }, new SucceedCall(second.answerCallPorts));
  });
  afterEach(async () => { await takeOver.close(); });

  const adopted = async (leg: FakeCallLeg): Promise<FakeCallLeg> => {
    second.telephony.orphans.set(leg.id, { connected: false });
    await takeOver.begin(signal);
    await second.clock.run(200);
    return second.telephony.legs.at(-1)!;
  };

  it('goes on like one that came in: the same conversation, still outbound, still counted and limited', async () => {
    const asked: ConversationRequest[] = [];
    const resume = first.agent.resume.bind(first.agent);
    first.agent.resume = (id, request) => { asked.push(request); resume(id, request); };
    const { leg, placing: { call } } = await placed(first);
    leg.farEnd.picksUp();
    await first.clock.run(1500);
    const heir = await adopted(leg);
    await second.clock.run(1000);
    expect(publisher.ofType('call.resumed')).to.have.lengthOf(1);
    expect(asked.at(-1)).to.deep.include({ direction: 'outbound', callerNumber: '5551000', calleeNumber: call.calleeNumber });
    expect(second.registry.has(call.callId)).to.equal(true);
    expect((await quota.use(TENANT, signal)).concurrent, 'one reservation, prolonged by the heir').to.equal(1);
    await second.says(heir, 'when does it come');
    await second.clock.run(1500);
    expect(second.textToSpeech.texts).to.include('It comes on Thursday.');
    heir.farEnd.hangsUp();
    await second.clock.settle();
    expect(publisher.ofType('call.ended').map(({ reason }) => reason)).to.deep.equal(['caller_hangup']);
    expect((await quota.use(TENANT, signal)).concurrent).to.equal(0);
  });

  it('ends when its time is up, as at its first node', async () => {
    const { leg } = await placed(first);
    leg.farEnd.picksUp();
    await first.clock.run(1500);
    const heir = await adopted(leg);
    await second.clock.run(OUTBOUND.limits.callDurationMaxMs);
    expect(heir.ended).to.equal(true);
    expect(publisher.ofType('call.ended').map(({ reason }) => reason)).to.deep.equal(['time_limit']);
  });

  it('is let go while it still rings: who answers now would hear nobody he expects', async () => {
    const { leg } = await placed(first);
    await first.clock.run(1500);
    const heir = await adopted(leg);
    expect(heir.ended).to.equal(true);
    expect(publisher.ofType('call.ended').map(({ reason }) => reason)).to.deep.equal(['lost']);
    expect(second.registry.size).to.equal(0);
  });
});
