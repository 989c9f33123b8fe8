import { expect } from 'chai';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { TwoNodes } from './two-nodes.js';

const PIN = { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 };
const signal = new AbortController().signal;

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

  it('which waited for a pin waits for it again, and no record holds the keys that were typed', async () => {
    two = new TwoNodes([[text('Your pin, please.'), { type: 'collect-digits', digits: PIN }], [text('Thank you.')]]);
    const leg = await two.talking();
    for (const key of '24') leg.farEnd.presses(key);
    await two.first.clock.run(100);
    expect(await two.first.record()).to.deep.include({ awaitedDigits: { request: PIN, question: 'Your pin, please.' } });
    expect(JSON.stringify(await two.first.record())).not.to.contain('"24"');
    two.dies(leg);
    const adopted = await two.adoptedLeg();
    await two.clock.run(3000);
    expect(two.second.textToSpeech.texts).to.deep.equal(['Please go on.', 'Your pin, please.']);
    for (const key of '2468') adopted.farEnd.presses(key);
    await two.clock.run(1500);
    expect(two.second.agent.turns.at(-1)).to.deep.include({ input: { kind: 'digits', digits: '2468', complete: true } });
    expect((await two.second.record()).awaitedDigits).to.equal(null);
    adopted.farEnd.hangsUp();
    await two.clock.settle();
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

  describe('while its old node, only slow, still runs it', () => {
    const taken = async (): Promise<{ old: FakeCallLeg; adopted: FakeCallLeg }> => {
      const old = await two.talking();
      const { media } = old;
      two.dies(old);
      const adopted = await two.adoptedLeg();
      expect(media?.closed).to.equal(false);
      return { old, adopted };
    };
    const letGo = (old: FakeCallLeg, turnsToldBefore: number): void => {
      expect(two.first.hangUps.get(old), 'hung up').to.deep.equal([]);
      expect(old.wasLetGo).to.equal(true);
      expect(old.media?.closed, 'media closed').to.equal(true);
      expect(two.first.registry.size).to.equal(0);
      expect(two.first.speechToText.streams.every(({ closed }) => closed), 'recognisers closed').to.equal(true);
      expect(two.first.clock.pending, 'timers').to.equal(0);
      expect(two.first.log.messages('warn')).to.deep.equal(['another node has the call: let go']);
      expect(two.first.metrics.value('calls_let_go_total')).to.equal(1);
      expect(two.publisher.ofType('turn.completed').length, 'turns told').to.equal(turnsToldBefore);
    };

    it('is let go by that when a write of its is refused: nothing more is said, heard or told, and the caller stays', async () => {
      const { old, adopted } = await taken();
      const turns = two.publisher.ofType('turn.completed').length;
      old.farEnd.presses('1');
      await two.first.clock.run(2000);
      letGo(old, turns);
      expect(two.publisher.ofType('call.ended')).to.deep.equal([]);
      adopted.farEnd.hangsUp();
      await two.clock.settle();
      expect(two.publisher.ofType('call.ended')).to.have.length(1);
    });

    it('is let go in the middle of a sentence', async () => {
      const { old, adopted } = await taken();
      const turns = two.publisher.ofType('turn.completed').length;
      await two.first.says(old, 'and when');
      await two.first.clock.run(2000);
      letGo(old, turns);
      adopted.farEnd.hangsUp();
      await two.clock.settle();
    });

    it('is let go without any event of its own when that looks for calls of dead nodes', async () => {
      const { old, adopted } = await taken();
      const turns = two.publisher.ofType('turn.completed').length;
      await two.lookFromFirst();
      letGo(old, turns);
      adopted.farEnd.hangsUp();
      await two.clock.settle();
    });
  });

  it('keeps what its old node still writes out of its state', async () => {
    const leg = await two.talking();
    await two.nodes.dies('node-1');
    two.second.telephony.orphans.set(leg.id, { connected: false });
    const adopted = await two.adoptedLeg();
    leg.farEnd.hangsUp(); // the node was only slow, and hears its leg end
    await two.first.clock.run(2000);
    expect(await two.second.record()).to.include({ ownerNode: 'node-2', state: 'active' });
    expect(two.first.metrics.value('calls_total'), 'ended, by who has it no longer').to.equal(0);
    adopted.farEnd.hangsUp();
    await two.clock.settle();
    expect(two.second.metrics.value('calls_total')).to.equal(1);
  });
});
