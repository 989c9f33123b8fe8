import { expect } from 'chai';
import type { CallSession } from '../../../src/application/calls/call-session.js';
import { rms } from '../../../src/domain/audio/level.js';
import { text } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

/** Stereo. */
const SAMPLE_BYTES = 4;

describe('the recording of a call in which a card is typed', () => {
  it('has silence while it is typed in secure mode, whoever wants it otherwise, and goes on after it', async () => {
    const secure = [text('Your card number, please.'), { type: 'collect-digits', digits: { min: 16, max: 16, terminator: '#', interDigitTimeoutMs: 60_000, secure: true } }] as const;
    const board = new Switchboard({
      agent: { replies: [secure, [text('Thank you.')]] },
      profile: { recording: { mode: 'on', notice: 'This call is recorded.', refused: '', optOutKey: '9', optOutPhrases: [], retentionDays: 30 }, pci: { agentSeesCard: false, vaultUrl: 'https://vault.test/' } },
    });
    const leg = board.rings();
    await board.clock.run(3000);
    await board.says(leg, 'I want to pay');
    await board.clock.run(2000);
    expect(board.of('recording.paused')).to.have.length(1);
    const session = board.registry.list()[0] as CallSession;
    await session.obey({ type: 'recording', act: 'resume' });
    const pausedAt = board.recordings.bytes / SAMPLE_BYTES;
    mediaOf(leg).hearVoice(400);
    await board.clock.run(1000);
    const typedAt = board.recordings.bytes / SAMPLE_BYTES;
    expect(board.of('recording.resumed')).to.have.length(0);
    for (const key of '4012888888881881') leg.farEnd.presses(key);
    await board.clock.run(1000);
    expect(board.of('recording.resumed')).to.have.length(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    const [kept] = [...board.recordings.kept.values()];
    expect(typedAt).to.be.greaterThan(pausedAt);
    expect(rms(kept!.samples.subarray(2 * pausedAt, 2 * typedAt))).to.equal(0);
    expect(rms(kept!.samples.subarray(0, 2 * pausedAt))).to.be.greaterThan(0);
  });
});
