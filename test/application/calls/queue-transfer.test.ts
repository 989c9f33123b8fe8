import { expect } from 'chai';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

const QUEUE = { type: 'transfer', target: { kind: 'queue', queue: 'support' } } as const;

async function waiting(): Promise<readonly [Switchboard, FakeCallLeg]> {
  const board = new Switchboard({ agent: { replies: [[text('I put you into the queue.'), QUEUE], [text('Nobody is there.')]] } });
  const leg = await board.greeted();
  await board.says(leg, 'a person please');
  await board.clock.run(1500);
  return [board, leg];
}

describe('a transfer to a queue', () => {
  it('keeps the call until somebody of the queue takes it', async () => {
    const [board, leg] = await waiting();
    expect(leg.transfers).to.deep.equal([{ kind: 'queue', context: 'transfers', queue: 'support', followMs: 1_800_000 }]);
    mediaOf(leg).disconnect(); // he hears the queue now
    await board.clock.run(120_000);
    expect(board.endReason, 'no audio is no loss while he waits').to.equal(undefined);
    expect((await board.record()).state).to.equal('active');
    expect(board.of('call.transferred')).to.deep.equal([]);
    leg.completeTransfer({ kind: 'handed-over' });
    await board.expectReleased(leg, 'transferred');
    expect(board.of('call.transferred')).to.deep.equal([{ type: 'call.transferred', kind: 'queue', target: 'support' }]);
  });

  for (const reason of ['queue-full', 'queue-empty', 'queue-timeout'] as const) {
    it(`gives the caller back to the agent: ${reason}`, async () => {
      const [board, leg] = await waiting();
      await board.clock.run(30_000);
      leg.completeTransfer({ kind: 'failed', reason });
      await board.clock.run(1500);
      expect(board.textToSpeech.texts.at(-1)).to.equal('Nobody is there.');
      expect(board.of('call.transfer_failed')).to.deep.equal([{ type: 'call.transfer_failed', target: 'support', reason }]);
      expect((await board.record()).state).to.equal('active');
      await board.says(leg, 'thank you');
      await board.clock.run(1000);
      expect(board.agent.turns.at(-1)!.input).to.include({ text: 'thank you' });
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
    });
  }

  it('ends when the caller hangs up while he waits', async () => {
    const [board, leg] = await waiting();
    await board.clock.run(10_000);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('goes on without us when this process has no more time: the caller is not hung up', async () => {
    const [board, leg] = await waiting();
    board.registry.windUpAll();
    await board.clock.run(1000);
    expect(leg.releasedWith, 'he stays in the queue').to.equal(undefined);
    await board.expectReleased(leg, 'transferred');
  });
});
