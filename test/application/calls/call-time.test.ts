import { expect } from 'chai';
import { text } from '../../support/fakes/scripted-agent.js';
import { Switchboard } from './switchboard.js';

describe('the end of the time', () => {
  it('comes with goodbye, for the tenant\'s limit', async () => {
    const board = new Switchboard({ tenant: { callDurationMaxMs: 4000 } });
    const leg = await board.greeted();
    await board.clock.run(2480);
    expect(board.textToSpeech.texts).to.have.length(1);
    await board.clock.run(1000);
    expect(board.textToSpeech.texts.at(-1)).to.equal('Goodbye.');
    await board.expectReleased(leg, 'time_limit');
  });

  it('comes after twenty seconds whatever is being said', async () => {
    const board = new Switchboard({ tenant: { callDurationMaxMs: 4000 } });
    board.textToSpeech.msPerWord = 10_000;
    const leg = board.rings();
    await board.clock.run(23_900);
    expect(board.endReason).to.equal(undefined);
    await board.clock.run(200);
    await board.expectReleased(leg, 'time_limit');
  });

  it('is the agent\'s: a person who has the caller may take longer, up to four hours', async () => {
    const board = new Switchboard({ tenant: { callDurationMaxMs: 60_000 }, agent: { replies: [[text('One moment.'), { type: 'transfer', target: { kind: 'number', number: '+15550199' } }]] } });
    const leg = await board.greeted();
    await board.says(leg, 'a person please');
    await board.clock.run(2000);
    leg.completeTransfer({ kind: 'connected' });
    await board.clock.run(3 * 3_600_000);
    expect(board.endReason).to.equal(undefined);
    await board.clock.run(3_600_000 + 60_000);
    await board.expectReleased(leg, 'time_limit');
  });

  it('comes with goodbye when the node is drained, and at once when it must end', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    board.registry.windUpAll();
    await board.clock.run(500);
    expect(board.textToSpeech.texts.at(-1)).to.equal('Goodbye.');
    await board.expectReleased(leg, 'drained');

    const hasty = new Switchboard();
    const other = await hasty.greeted();
    await hasty.registry.abortAll();
    await hasty.expectReleased(other, 'drained');
  });

  it('is not held up by parts that do not let go', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    const hangUp = leg.hangUp.bind(leg);
    leg.hangUp = (cause) => { void hangUp(cause); return new Promise(() => undefined); };
    board.speechToText.stream.close = () => new Promise(() => undefined);
    leg.farEnd.hangsUp();
    await board.clock.run(4999);
    expect(board.registry.size).to.equal(1);
    await board.clock.run(1);
    expect(board.registry.size).to.equal(0);
    expect(board.log.messages('warn')).to.include('release of a call incomplete');
    expect(board.clock.pending).to.equal(0);
  });
});
