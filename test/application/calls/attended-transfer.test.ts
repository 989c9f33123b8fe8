import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { SucceedCall } from '../../../src/application/calls/succeed-call.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import type { FakeConsultation } from '../../support/fakes/fake-consultation.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

const NUMBER = '+15550199';
const BRIEFING = 'A card that was lost. The caller is Anna.';
const ATTENDED = { type: 'transfer', target: { kind: 'number', number: NUMBER }, briefing: BRIEFING } as const;

interface Scene {
  readonly board: Switchboard;
  readonly leg: FakeCallLeg;
  /** Latest person that was called. */
  readonly person: () => FakeConsultation;
}

async function calling(board = new Switchboard({ agent: { replies: [[text('I will ask a colleague.'), ATTENDED], [text('They are busy.')]] } })): Promise<Scene> {
  const leg = await board.greeted();
  await board.says(leg, 'a person please');
  await board.clock.run(1500);
  return { board, leg, person: () => leg.consultations.at(-1)! };
}

describe('an attended transfer', () => {
  it('lets the caller hear that somebody is called', async () => {
    const { board, leg, person } = await calling();
    expect(person().target).to.deep.equal({ number: NUMBER, ringTimeoutMs: 25_000 });
    const from = mediaOf(leg).sent.length;
    await board.clock.run(5000);
    const heard = mediaOf(leg).sent.subarray(from);
    expect(Math.max(...heard), 'a tone').to.be.above(500);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    expect(person().leg.ended, 'the person is not called any more').to.equal(true);
  });

  it('tells the person what it is about, tells the caller when they take it, and connects the two', async () => {
    const { board, leg, person } = await calling();
    person().picksUp();
    await board.clock.run(4000);
    expect(board.textToSpeech.texts.slice(-3)).to.deep.equal(['A call for North Bank.', BRIEFING, 'Press 1 to take the call, or 2 to decline.']);
    expect(board.of('call.transferred')).to.deep.equal([]);
    person().leg.farEnd.presses('1');
    await board.clock.run(2000);
    expect(board.textToSpeech.texts.at(-1)).to.equal('You are through now.');
    expect(person().connected).to.equal(true);
    expect(board.of('call.transferred')).to.deep.equal([{ type: 'call.transferred', kind: 'number', target: NUMBER }]);
    expect((await board.record()).state).to.equal('transferred');
    expect(board.agent.transfers).to.deep.equal([{ target: NUMBER, outcome: 'connected' }]);
    await board.clock.run(60_000);
    expect(board.of('caller.silent')).to.deep.equal([]);
    person().hangsUp();
    await board.expectReleased(leg, 'transferred');
    expect(person().leg.media?.closed).to.equal(true);
  });

  it('can be taken in the middle of the briefing', async () => {
    const { board, leg, person } = await calling();
    person().picksUp();
    await board.clock.run(300);
    person().leg.farEnd.presses('9');
    person().leg.farEnd.presses('1');
    await board.clock.run(2000);
    expect(person().connected).to.equal(true);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'transferred');
  });

  const backToTheAgent = async ({ board, leg }: Scene, reason: string): Promise<void> => {
    await board.clock.run(1500);
    expect(board.agent.turns.at(-1)!.input).to.deep.equal({ kind: 'transfer-failed', reason });
    expect(board.textToSpeech.texts.at(-1)).to.equal('They are busy.');
    expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target: NUMBER, reason }]);
    expect(board.agent.transfers).to.deep.equal([{ target: NUMBER, outcome: reason }]);
    expect((await board.record()).state).to.equal('active');
    expect(leg.consultations.every(({ over }) => over), 'nobody is held').to.equal(true);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  };

  for (const reason of ['busy', 'no-answer', 'rejected', 'unreachable'] as const) {
    it(`gives the caller back when the person is ${reason}`, async () => {
      const scene = await calling();
      scene.person().fails(reason);
      await backToTheAgent(scene, reason);
    });
  }

  it('tells the cause that the network gave for not reaching the person', async () => {
    const { board, leg, person } = await calling();
    person().fails('unreachable', 27);
    await board.clock.run(1500);
    expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target: NUMBER, reason: 'unreachable', cause: { code: 27, name: 'Destination out of order' } }]);
    expect(board.log.lines.find(({ message }) => message === 'transfer over')?.fields).to.include({ causeCode: 27 });
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('gives the caller back when the person declines', async () => {
    const scene = await calling();
    scene.person().picksUp();
    await scene.board.clock.run(1000);
    scene.person().leg.farEnd.presses('2');
    await backToTheAgent(scene, 'declined');
  });

  it('gives the caller back when the person hangs up', async () => {
    const scene = await calling();
    scene.person().picksUp();
    await scene.board.clock.run(1000);
    scene.person().leg.farEnd.hangsUp();
    await backToTheAgent(scene, 'hung-up');
  });

  it('gives the choice twice, and the caller back when nobody decides, as a mailbox', async () => {
    const scene = await calling();
    scene.person().picksUp();
    await scene.board.clock.run(19_000);
    expect(scene.board.textToSpeech.texts.filter((said) => said.startsWith('Press 1'))).to.have.lengthOf(2);
    await backToTheAgent(scene, 'no-decision');
  });

  it('waits for a decision although the person cannot be spoken to, but not for ever', async () => {
    const scene = await calling();
    scene.board.textToSpeech.synthesise = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) });
    scene.person().picksUp();
    await scene.board.clock.run(10_000);
    expect(scene.person().over).to.equal(false);
    await scene.board.clock.run(70_000);
    expect(scene.person().over).to.equal(true);
    expect(scene.board.of('call.transfer_failed')[0]).to.include({ reason: 'no-decision' });
    scene.leg.farEnd.hangsUp();
    await scene.board.clock.run(5000);
    await scene.board.expectReleased(scene.leg, 'caller_hangup');
  });

  it('gives the caller back when the person hangs up while he is told', async () => {
    const scene = await calling();
    scene.person().picksUp();
    await scene.board.clock.run(1000);
    scene.person().leg.farEnd.presses('1');
    await scene.board.clock.run(40);
    scene.person().leg.farEnd.hangsUp();
    await scene.board.clock.run(1000);
    await backToTheAgent(scene, 'hung-up');
  });

  it('ends with the caller, whether the person rings, is told, or has taken the call', async () => {
    for (const acts of [[], ['pick up'], ['pick up', '1']]) {
      const { board, leg, person } = await calling();
      if (acts.includes('pick up')) person().picksUp();
      await board.clock.run(500);
      if (acts.includes('1')) person().leg.farEnd.presses('1');
      await board.clock.run(20);
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
      expect(person().over, acts.join()).to.equal(true);
      expect(person().leg.media?.closed ?? true).to.equal(true);
      expect(board.types().slice(-2)).to.deep.equal(['call.transfer_failed', 'call.ended']);
      expect(board.of('call.transfer_failed'), acts.join()).to.deep.equal([{ type: 'call.transfer_failed', target: NUMBER, reason: 'caller-gone' }]);
      expect(board.agent.transfers).to.deep.equal([{ target: NUMBER, outcome: 'caller-gone' }]);
      expect(board.log.messages('info'), 'without it nobody knew that somebody was called').to.include('transfer begun');
    }
  });

  it('fails as the telephony does', async () => {
    const board = new Switchboard({ agent: { replies: [[ATTENDED], [text('They are busy.')]] } });
    const leg = await board.greeted();
    leg.failures.consult = new PortError('away', { code: 'telephony/unavailable', kind: 'unavailable' });
    await board.says(leg, 'a person please');
    await board.clock.run(1500);
    await backToTheAgent({ board, leg, person: () => leg.consultations.at(-1)! }, 'telephony/unavailable');
  });

  it('is for numbers, and only those that the tenant allows', async () => {
    for (const [target, reason] of [[{ kind: 'extension', extension: '7' }, 'not-possible'], [{ kind: 'number', number: '+19005550199' }, 'not-allowed']] as const) {
      const board = new Switchboard({ agent: { replies: [[text('Hold on.'), { type: 'transfer', target, briefing: 'x' }]] } });
      const leg = await board.greeted();
      await board.says(leg, 'a person please');
      await board.clock.run(1500);
      expect(board.agent.turns.at(-1)!.input).to.deep.equal({ kind: 'transfer-failed', reason });
      expect([leg.consultations, leg.transfers]).to.deep.equal([[], []]);
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
    }
  });

  it('whose gateway died in the middle gives the caller to the agent of the next one', async () => {
    const { board, leg, person } = await calling();
    person().picksUp();
    await board.clock.run(1000);
    const stored = await board.repository.find((await board.record()).callId, new AbortController().signal);
    const record = { ...stored!.record, ownerNode: 'node-2', fence: stored!.record.fence + 1 };
    const next = new Switchboard({ sharedAgent: board.agent, nodeName: 'node-2' });
    const version = await next.repository.save({ record, events: [] }, 0, new AbortController().signal);
    next.telephony.orphans.set(leg.id, { connected: false }); // the person is in no bridge with the caller
    const adopted = await next.telephony.adopt({ legId: leg.id }, new AbortController().signal);
    await new SucceedCall(next.answerCallPorts).resume({ stored: { record, version }, formerNode: 'node-1', gapMs: 5000 }, adopted);
    await next.clock.run(2000);
    expect(next.textToSpeech.texts).to.deep.equal(['Please go on.']);
    expect(record.state).to.equal('active');
    const heir = next.telephony.legs.at(-1)!;
    await next.says(heir, 'hello');
    await next.clock.run(2000);
    expect(next.agent.turns.at(-1)!.input).to.include({ kind: 'speech', text: 'hello' });
    heir.farEnd.hangsUp();
    leg.farEnd.hangsUp();
    await next.clock.settle();
    await board.clock.settle();
  });
});
