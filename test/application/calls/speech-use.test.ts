import { expect } from 'chai';
import { Switchboard } from './switchboard.js';

describe('a call that used speech providers', () => {
  it('tells at its end what it has used, and counts it for its tenant', async () => {
    const board = new Switchboard();
    board.speechUses = [{ provider: 'cloud', recognisedMs: 1500, synthesisedCharacters: 40 }, { provider: 'local', recognisedMs: 0, synthesisedCharacters: 7 }];
    const leg = await board.greeted();
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    expect(board.of('call.ended')[0]).to.deep.include({ speech: board.speechUses });
    expect(board.metrics.value('speech_recognised_seconds_total', { tenant: 'north-bank', provider: 'cloud' })).to.equal(1.5);
    expect(board.metrics.value('speech_synthesised_characters_total', { tenant: 'north-bank' })).to.equal(47);
  });
});
