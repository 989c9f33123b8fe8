import { expect } from 'chai';
import type { CallSession } from '../../../src/application/calls/call-session.js';
import { text } from '../../support/fakes/scripted-agent.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { mediaOf, Switchboard } from './switchboard.js';

const NOTICE = 'This call is recorded. Press 9 if you do not want that.';

function boardOf(): Switchboard {
  return new Switchboard({
    agent: { replies: [[text('All right.')]] },
    profile: { recording: { mode: 'on', notice: NOTICE, refused: 'This call is not recorded.', optOutKey: '9', optOutPhrases: ['do not record'], retentionDays: 30 } },
  });
}

function session(board: Switchboard): CallSession {
  return board.registry.list()[0] as CallSession;
}

/** The caller has heard the notice and is recorded. */
async function recordedCall(board: Switchboard): Promise<FakeCallLeg> {
  const leg = board.rings();
  await board.clock.run(1400);
  expect(board.of('recording.started')).to.have.length(1);
  return leg;
}

describe('a recording', () => {
  it('ends when it is stopped by order, and what was recorded is kept', async () => {
    const board = boardOf();
    const leg = await recordedCall(board);
    await board.clock.run(2000);
    expect(await session(board).obey({ type: 'recording', act: 'stop' })).to.equal('accepted');
    await board.clock.run(20);
    const kept = board.recordings.bytes;
    expect(kept).to.be.greaterThan(20_000);
    expect(board.of('recording.ended')[0]).to.include({ reason: 'stopped' });
    for (const act of ['stop', 'resume', 'pause'] as const) expect(await session(board).obey({ type: 'recording', act }), act).to.equal('recording-over');
    mediaOf(leg).hearVoice(500);
    await board.clock.run(2000);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    expect([board.recordings.bytes, board.recordings.kept.size], 'nothing more, nothing less').to.deep.equal([kept, 1]);
    expect([board.of('recording.refused'), board.of('recording.erased')]).to.deep.equal([[], []]);
    expect(await board.refusals.has(board.tenants.tenants[0]!.id, '15550100'), 'the caller has refused nothing').to.equal(false);
  });

  it('is not begun when it is stopped while the notice is said', async () => {
    const board = boardOf();
    const leg = board.rings();
    await board.clock.run(500);
    expect(await session(board).obey({ type: 'recording', act: 'stop' })).to.equal('accepted');
    await board.clock.run(4000);
    expect(board.of('recording.started')).to.deep.equal([]);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    expect(board.recordings.kept.size).to.equal(0);
  });
});
