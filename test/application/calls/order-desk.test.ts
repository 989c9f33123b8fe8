import { expect } from 'chai';
import { type Forgetful, OrderDesk } from '../../../src/application/calls/order-desk.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallOrder, NodeOrder, OrderOutcome } from '../../../src/domain/call/call-order.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

const TRANSFER = { type: 'transfer', target: { kind: 'extension', extension: '7' }, attended: false, briefing: '' } as const;
const SAY = { type: 'say', text: 'We **close** soon. Please hurry.' } as const;

const forgotten: NodeOrder[] = [];
const FORGETFUL: Forgetful = { asOrdered: (asked) => { forgotten.push(asked); return Promise.resolve('accepted'); } };

async function order(board: Switchboard, what: CallOrder): Promise<OrderOutcome> {
  return new OrderDesk(board.registry, FORGETFUL).carryOut({ callId: board.registry.list()[0]?.callId ?? callId('none'), order: what });
}

describe('an order to a node', () => {
  it('reaches what it has to forget, whatever calls there are', async () => {
    const forget: NodeOrder = { type: 'erase-subject', tenantId: tenantId('north-bank'), number: '+4930777001', callIds: [] };
    expect(await new OrderDesk(new Switchboard().registry, FORGETFUL).carryOut({ callId: null, order: forget })).to.equal('accepted');
    expect(forgotten).to.deep.equal([forget]);
  });
});

describe('an order to a live call', () => {
  it('is refused when there is no such call', async () => {
    expect(await new OrderDesk(new Switchboard().registry, FORGETFUL).carryOut({ callId: callId('c-9'), order: SAY })).to.equal('not-live');
  });

  it('reaches the desk of its node', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    let handler: unknown;
    const cancel = new OrderDesk(board.registry, FORGETFUL).serve({
      serve: (node, serves) => { handler = serves; expect(node).to.equal('node-1'); return () => { handler = null; }; },
      issue: () => Promise.reject(new Error('not asked')), close: () => Promise.resolve(),
    }, 'node-1');
    const serves = handler as (addressed: object) => Promise<OrderOutcome>;
    expect(await serves({ callId: board.registry.list()[0]!.callId, order: { type: 'hang-up' } })).to.equal('accepted');
    cancel();
    expect(handler).to.equal(null);
    await board.expectReleased(leg, 'api_hangup');
  });

  it('hangs it up', async () => {
    const talking = new Switchboard();
    const leg = await talking.greeted();
    expect(await order(talking, { type: 'hang-up' })).to.equal('accepted');
    await talking.expectReleased(leg, 'api_hangup');
    expect(await order(talking, { type: 'hang-up' })).to.equal('not-live');
  });

  it('says something, as an operator\'s words in the transcript', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    expect(await order(board, SAY)).to.equal('accepted');
    await board.clock.run(2000);
    expect(board.textToSpeech.texts.at(-1)).to.equal('We close soon. Please hurry.');
    expect(board.of('turn.completed').at(-1)).to.include({ source: 'operator', said: 'We close soon. Please hurry.', heard: 'We close soon. Please hurry.' });
    expect((await board.record()).transcript.at(-1)).to.include({ speaker: 'agent', heard: 'We close soon. Please hurry.' });
    expect(await order(board, { type: 'say', text: ' ** ' })).to.equal('nothing-to-say');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('says nothing over the caller', async () => {
    const board = new Switchboard({ agent: { replies: [[text('It is on its way.')]] } });
    const leg = await board.greeted();
    mediaOf(leg).hearVoice(800);
    await board.clock.run(400);
    expect(await order(board, SAY)).to.equal('accepted');
    await board.clock.run(200);
    expect(board.textToSpeech.texts).to.not.include('We close soon. Please hurry.');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('sends digits to the far end', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    expect(await order(board, { type: 'send-dtmf', digits: '12#' })).to.equal('accepted');
    expect(leg.digitsSent).to.deep.equal(['12#']);
    expect(await order(board, { type: 'send-dtmf', digits: '1;2' })).to.equal('digits-not-sendable');
    leg.failures.sendDtmf = new PortError('away', { code: 'telephony/unavailable', kind: 'unavailable' });
    expect(await order(board, { type: 'send-dtmf', digits: '1' })).to.equal('failed');
    leg.sendDtmf = () => new Promise(() => undefined);
    const late = order(board, { type: 'send-dtmf', digits: '1' });
    await board.clock.run(2000);
    expect(await late).to.equal('failed');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('transfers it, as the tenant allows', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    expect(await order(board, { ...TRANSFER, target: { kind: 'number', number: '+19005550100' } })).to.equal('not-allowed');
    expect(await order(board, { ...TRANSFER, attended: true })).to.equal('attended-needs-number');
    expect(await order(board, TRANSFER)).to.equal('accepted');
    expect(await order(board, TRANSFER), 'one at a time').to.equal('transfer-under-way');
    await board.clock.run(1500);
    expect(board.textToSpeech.texts.at(-1)).to.equal('I am connecting you with a colleague.');
    expect(leg.transfers).to.deep.equal([{ kind: 'extension', context: 'transfers', extension: '7' }]);
    expect(await order(board, SAY)).to.equal('transfer-under-way');
    leg.completeTransfer({ kind: 'handed-over' });
    await board.expectReleased(leg, 'transferred');
  });

  it('transfers it after a word with the person', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    expect(await order(board, { type: 'transfer', target: { kind: 'number', number: '+15550199' }, attended: true, briefing: 'About a card.' })).to.equal('accepted');
    await board.clock.run(1500);
    leg.consultations[0]!.picksUp();
    await board.clock.run(500);
    leg.consultations[0]!.leg.farEnd.presses('1');
    await board.clock.run(1500);
    expect(leg.consultations[0]!.connected).to.equal(true);
    expect(await order(board, { type: 'send-dtmf', digits: '1' }), 'a person has the caller').to.equal('with-a-person');
    expect(await order(board, { type: 'hang-up' })).to.equal('accepted');
    await board.expectReleased(leg, 'api_hangup');
  });

  it('about a recording that there is not cannot be carried out', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    expect(await order(board, { type: 'recording', act: 'pause' })).to.equal('not-recorded');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('is refused before the call is answered', async () => {
    const board = new Switchboard();
    board.telephony.onOffer((offer) => { offer.leg.answer = () => new Promise(() => undefined); void board.answerCall.execute(offer); });
    const leg = board.rings();
    await board.clock.run(500);
    expect(await order(board, SAY)).to.equal('not-answered');
    expect(await order(board, TRANSFER)).to.equal('not-answered');
    expect(await order(board, { type: 'hang-up' })).to.equal('accepted');
    await board.clock.run(6000);
    await board.expectReleased(leg, 'api_hangup');
  });
});
