import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { Switchboard } from './switchboard.js';

describe('a transfer', () => {
  const transferring = async (target: object, board = new Switchboard({ agent: { replies: [[text('I put you through.'), { type: 'transfer', target: target as never }], [text('They are busy.')]] } })): Promise<readonly [Switchboard, FakeCallLeg]> => {
    const leg = await board.greeted();
    await board.says(leg, 'a person please');
    await board.clock.run(1500);
    return [board, leg];
  };

  it('to an extension ends our part of the call', async () => {
    const [board, leg] = await transferring({ kind: 'extension', extension: '7' });
    expect(leg.transfers).to.deep.equal([{ kind: 'extension', context: 'transfers', extension: '7' }]);
    leg.completeTransfer({ kind: 'handed-over' });
    await board.expectReleased(leg, 'transferred');
    expect(board.of('call.transferred')).to.deep.equal([{ type: 'call.transferred', kind: 'extension', target: '7' }]);
    expect(board.agent.transfers).to.deep.equal([{ target: '7', outcome: 'handed-over' }]);
  });

  it('to a number goes on until one of them hangs up, and nobody listens in', async () => {
    const [board, leg] = await transferring({ kind: 'number', number: '+15550199' });
    expect(leg.transfers[0]).to.include({ kind: 'number', number: '+15550199' });
    leg.completeTransfer({ kind: 'connected' });
    await board.clock.run(60_000);
    expect(board.endReason).to.equal(undefined);
    expect((await board.record()).state).to.equal('transferred');
    expect(board.speechToText.stream.closed).to.equal(true);
    expect(board.of('caller.silent')).to.deep.equal([]);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'transferred');
    expect(board.agent.transfers).to.deep.equal([{ target: '+15550199', outcome: 'connected' }]);
  });

  it('that fails gives the caller back to the agent', async () => {
    const [board, leg] = await transferring({ kind: 'number', number: '+15550199' });
    leg.completeTransfer({ kind: 'failed', reason: 'busy', causeCode: 17 });
    await board.clock.run(1500);
    expect(board.agent.turns.at(-1)!.input).to.deep.equal({ kind: 'transfer-failed', reason: 'busy' });
    expect(board.textToSpeech.texts.at(-1)).to.equal('They are busy.');
    expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target: '+15550199', reason: 'busy', cause: { code: 17, name: 'User busy' } }]);
    expect(board.agent.transfers).to.deep.equal([{ target: '+15550199', outcome: 'busy' }]);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('to a number that the tenant does not allow is not even tried: the agent is told', async () => {
    const [board, leg] = await transferring({ kind: 'number', number: '+19005550199' });
    await board.clock.run(1500);
    expect(leg.transfers).to.deep.equal([]);
    expect(board.agent.turns.at(-1)!.input).to.deep.equal({ kind: 'transfer-failed', reason: 'not-allowed' });
    expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target: '+19005550199', reason: 'not-allowed' }]);
    expect(JSON.stringify(board.log.lines), 'no number in the log').not.to.contain('900555');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('that the telephony cannot carry out is told with its code', async () => {
    const board = new Switchboard({ agent: { replies: [[{ type: 'transfer', target: { kind: 'extension', extension: '7' } }]] } });
    const leg = await board.greeted();
    leg.failures.transfer = new PortError('away', { code: 'telephony/unavailable', kind: 'unavailable' });
    await board.says(leg, 'a person please');
    await board.clock.run(1500);
    expect(board.of('call.transfer_failed')[0]).to.include({ reason: 'telephony/unavailable' });
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  const toldToTheEnd = (board: Switchboard, target: string, reason: string): void => {
    expect(board.types().slice(-2)).to.deep.equal(['call.transfer_failed', 'call.ended']);
    expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target, reason }]);
    expect(board.agent.transfers, 'the agent is told too').to.deep.equal([{ target, outcome: reason }]);
    const logged = board.log.lines.filter(({ message }) => message === 'transfer over');
    expect(logged.map(({ fields }) => fields['outcome']), 'the log says the same').to.deep.equal([reason]);
    expect(board.log.messages('warn'), 'nothing is told after the end').not.to.include('call transition refused');
  };

  for (const { name, ...target } of [{ kind: 'extension', extension: '7', name: '7' }, { kind: 'number', number: '+15550199', name: '+15550199' }, { kind: 'queue', queue: 'support', name: 'support' }]) {
    it(`has an end of its own when the caller hangs up meanwhile: ${target.kind}`, async () => {
      const [board, leg] = await transferring(target);
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
      toldToTheEnd(board, name, 'caller-gone');
    });
  }

  it('has an end of its own when somebody else ends the call meanwhile', async () => {
    const [board, leg] = await transferring({ kind: 'number', number: '+15550199' });
    expect(await board.registry.find(board.publisher.events[0]!.callId)?.obey({ type: 'hang-up' })).to.equal('accepted');
    await board.expectReleased(leg, 'api_hangup');
    toldToTheEnd(board, '+15550199', 'call-over');
  });

  it('of a call that another node has taken is told by that node alone', async () => {
    const [board, leg] = await transferring({ kind: 'number', number: '+15550199' });
    board.registry.find(board.publisher.events[0]!.callId)?.letGo();
    await board.clock.run(5000);
    expect([board.of('call.transfer_failed'), board.agent.transfers, leg.ended]).to.deep.equal([[], [], true]);
  });

  it('after an escalation says why', async () => {
    const board = new Switchboard({ agent: { replies: [[text('A colleague will help.'), { type: 'escalate', reason: 'angry' }]] } });
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.says(leg, 'this is outrageous');
    await board.clock.run(1500);
    await board.expectReleased(leg, 'transferred');
    expect(board.types().slice(-3)).to.deep.equal(['call.escalated', 'call.transferred', 'call.ended']);
  });

  it('is over although the agent cannot be told of it', async () => {
    const board = new Switchboard({ agent: { replies: [[{ type: 'transfer', target: { kind: 'extension', extension: '7' } }]] } });
    board.agent.reportTransfer = () => new Promise(() => undefined);
    const leg = await board.greeted();
    leg.transferOutcome = { kind: 'handed-over' };
    await board.says(leg, 'a person please');
    await board.clock.run(3000);
    await board.expectReleased(leg, 'transferred');
  });
});
