import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallSession } from '../../../src/application/calls/call-session.js';
import { channelOf } from '../../../src/domain/audio/wav.js';
import { rms } from '../../../src/domain/audio/level.js';
import type { RecordingPolicy } from '../../../src/domain/recording/recording-policy.js';
import { text } from '../../support/fakes/scripted-agent.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { mediaOf, Switchboard, type SwitchboardOptions } from './switchboard.js';

const NOTICE = 'This call is recorded. Press 9 if you do not want that.';
const REFUSED = 'This call is not recorded.';
const GREETING = 'Welcome to North Bank. How can I help you?';
const POLICY: Partial<RecordingPolicy> = { mode: 'on', notice: NOTICE, refused: REFUSED, optOutKey: '9', optOutPhrases: ['do not record'], retentionDays: 30 };
/** A word takes 100 ms. */
const NOTICE_MS = 1100;

function boardOf(options: SwitchboardOptions = {}): Switchboard {
  return new Switchboard({ agent: { replies: Array.from({ length: 10 }, () => [text('All right.')]) }, ...options, profile: { recording: POLICY, ...options.profile } });
}

function session(board: Switchboard): CallSession {
  return board.registry.list()[0] as CallSession;
}

/** The caller has heard the notice and is recorded. */
async function recordedCall(board: Switchboard): Promise<FakeCallLeg> {
  const leg = board.rings();
  await board.clock.run(NOTICE_MS + 300);
  expect(board.of('recording.started')).to.have.length(1);
  return leg;
}

async function samplesOf(board: Switchboard): Promise<{ caller: Int16Array; agent: Int16Array }> {
  const kept = [...board.recordings.kept.values()];
  expect(kept).to.have.length(1);
  await board.clock.settle();
  const audio = { samples: kept[0]!.samples, channels: 2 };
  return { caller: channelOf(audio, 0), agent: channelOf(audio, 1) };
}

describe('a call that is recorded', () => {
  it('says the notice before the greeting, and stores no byte before it was heard', async () => {
    const board = boardOf();
    const leg = board.rings();
    await board.clock.run(NOTICE_MS - 100);
    mediaOf(leg).hearVoice(400); // he speaks into it: it is not interrupted
    expect(board.recordings.bytes).to.equal(0);
    expect(board.of('recording.started')).to.have.length(0);
    await board.clock.run(400);
    expect(board.of('recording.started')).to.have.length(1);
    expect(board.textToSpeech.texts).to.deep.equal([NOTICE, GREETING]);
    const [notice] = board.of('turn.completed');
    expect(notice).to.include({ source: 'notice', heard: NOTICE, interrupted: false });
    await board.clock.run(2000);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    const [ended] = board.of('recording.ended');
    expect(ended).to.include({ reason: 'call-over' });
    const { recording } = [...board.recordings.kept.values()][0]!;
    expect(recording).to.include({ callerNumber: '+15550100', calleeNumber: '5551000', agentId: 'card-delivery', durationMs: ended!.durationMs, audioBytes: ended!.bytes });
    expect(Date.parse(recording.expiresAt) - Date.parse(recording.startedAt)).to.equal(30 * 86_400_000);
    expect(board.types().at(-1)).to.equal('call.ended');
  });

  it('has both sides at the same time: caller left, agent right', async () => {
    const board = boardOf();
    const leg = board.rings();
    let startedAt = 0;
    for (; board.of('recording.started').length === 0; startedAt += 20) await board.clock.run(20);
    const sentBefore = mediaOf(leg).sent.length;
    await board.clock.run(2000);
    mediaOf(leg).hearVoice(600);
    await board.clock.run(1000);
    const sent = mediaOf(leg).sent.slice();
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    const { caller, agent } = await samplesOf(board);
    expect(caller.length).to.equal(agent.length);
    const at = sent.length - agent.length;
    expect(at).to.be.within(sentBefore - 320, sentBefore + 320);
    expect([...agent]).to.deep.equal([...sent.subarray(at)]);
    const msOf = (samples: number): number => samples / 8;
    const firstVoice = caller.findIndex((sample) => Math.abs(sample) > 1000);
    expect(msOf(firstVoice)).to.be.within(1900, 2200);
  });

  it('stores silence for a pause, and goes on at the right time', async () => {
    const board = boardOf();
    const leg = await recordedCall(board);
    const media = mediaOf(leg);
    await board.clock.run(2000);
    expect(await session(board).obey({ type: 'recording', act: 'resume' })).to.equal('recording-not-paused');
    expect(await session(board).obey({ type: 'recording', act: 'pause' })).to.equal('accepted');
    const pausedAt = board.recordings.bytes / 4;
    media.hearVoice(500);
    await board.clock.run(1000);
    expect(await session(board).obey({ type: 'recording', act: 'resume' })).to.equal('accepted');
    const resumedAt = board.recordings.bytes / 4;
    media.hearVoice(500);
    await board.clock.run(1000);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    const { caller, agent } = await samplesOf(board);
    expect((resumedAt - pausedAt) / 8).to.be.within(980, 1020);
    expect(rms(caller.subarray(pausedAt, resumedAt)) + rms(agent.subarray(pausedAt, resumedAt))).to.equal(0);
    expect(rms(caller.subarray(resumedAt))).to.be.greaterThan(500);
    expect(board.types()).to.include.members(['recording.paused', 'recording.resumed']);
  });

  it('ends when a person has the caller', async () => {
    const board = boardOf({ agent: { replies: [[text('One moment.'), { type: 'transfer', target: { kind: 'extension', extension: 'person' } }]] } });
    const leg = await recordedCall(board);
    leg.transferOutcome = { kind: 'handed-over' };
    await board.clock.run(1500);
    await board.says(leg, 'a person please');
    await board.clock.run(3000);
    expect(board.of('recording.ended')[0]).to.include({ reason: 'transferred' });
    expect(board.of('call.transferred')).to.have.length(1);
  });

  for (const [what, refuse, when = ''] of [
    ['by key', async (board: Switchboard, leg: FakeCallLeg) => { leg.farEnd.presses('9'); await board.clock.run(20); }],
    ['by words', async (board: Switchboard, leg: FakeCallLeg) => { await board.says(leg, 'please do not record'); }],
    ['by order', async (board: Switchboard) => { expect(await session(board).obey({ type: 'recording', act: 'refuse' })).to.equal('accepted'); await board.clock.run(20); }],
    ['by key', async (board: Switchboard, leg: FakeCallLeg) => { await session(board).obey({ type: 'recording', act: 'stop' }); leg.farEnd.presses('9'); await board.clock.run(20); }, ', after it was stopped by order'],
  ] as const) {
    it(`stops at once when it is refused ${what}${when}: nothing is left, the caller is told, and it is remembered`, async () => {
      const board = boardOf();
      const leg = await recordedCall(board);
      await board.clock.run(2500);
      expect(board.recordings.bytes).to.be.greaterThan(20_000);
      await refuse(board, leg);
      expect(board.recordings.bytes, 'bytes kept').to.equal(0);
      expect(board.of('recording.refused')).to.deep.equal([{ type: 'recording.refused', by: what.slice(3).replace('words', 'phrase') }]);
      expect(board.of('recording.erased')).to.have.length(1);
      await board.clock.run(4000);
      expect(board.textToSpeech.texts).to.include(REFUSED);
      expect(board.of('turn.completed').some(({ heard }) => heard === REFUSED)).to.equal(true);
      expect(board.recordings.bytes, 'bytes kept').to.equal(0);
      expect(await session(board).obey({ type: 'recording', act: 'resume' })).to.equal('recording-refused');
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
      expect(board.recordings.kept.size).to.equal(0);
      const before = board.textToSpeech.texts.length;
      const next = board.rings();
      await board.clock.run(4000);
      expect(board.textToSpeech.texts.slice(before)).to.not.include(NOTICE);
      expect(board.of('recording.started')).to.have.length(1);
      next.farEnd.hangsUp();
      await board.clock.run(100);
    });
  }

  it('may be refused while the notice is said: it is cut, nothing was ever stored, the greeting comes', async () => {
    const board = boardOf();
    const leg = board.rings();
    await board.clock.run(500);
    leg.farEnd.presses('9');
    await board.clock.run(4000);
    expect(board.textToSpeech.texts).to.deep.equal([NOTICE, REFUSED, GREETING]);
    expect(board.of('recording.started')).to.have.length(0);
    expect(board.of('recording.erased')).to.have.length(0);
    expect(await board.refusals.has(board.tenants.tenants[0]!.id, '15550100')).to.equal(true);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('takes the key for a digit where the agent waits for digits, and within an entry', async () => {
    const board = boardOf({ agent: { replies: [[text('Your number please.'), { type: 'collect-digits', digits: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 } }], [text('Thank you.')]] } });
    const leg = await recordedCall(board);
    await board.clock.run(1500);
    await board.says(leg, 'block my card');
    await board.clock.run(1500);
    for (const digit of '9173') { leg.farEnd.presses(digit); await board.clock.run(100); }
    await board.clock.run(1500);
    for (const digit of '19') { leg.farEnd.presses(digit); await board.clock.run(100); }
    await board.clock.run(3000);
    expect(board.agent.turns.filter(({ input }) => input.kind === 'digits').map(({ input }) => (input as { digits: string }).digits)).to.deep.equal(['9173', '19']);
    expect(board.of('recording.refused')).to.have.length(0);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('is not recorded when the notice has no voice', async () => {
    const board = boardOf();
    const synthesise = board.textToSpeech.synthesise.bind(board.textToSpeech);
    board.textToSpeech.synthesise = (request, ...rest) => {
      board.textToSpeech.failure = request.text === NOTICE ? new PortError('no voice', { code: 'text-to-speech/unavailable', kind: 'unavailable' }) : null;
      return synthesise(request, ...rest);
    };
    const leg = board.rings();
    await board.clock.run(4000);
    expect(board.of('recording.started')).to.have.length(0);
    expect(board.textToSpeech.texts).to.include(GREETING);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('is not recorded when nobody knows whether the caller has refused before', async () => {
    const board = boardOf();
    board.refusals.failure = new PortError('away', { code: 'recording-refusals/unavailable', kind: 'unavailable' });
    const leg = board.rings();
    await board.clock.run(3000);
    expect(board.textToSpeech.texts).to.deep.equal([GREETING]);
    expect(board.metrics.value('provider_errors_total', { port: 'recording-refusals' })).to.equal(1);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('goes on without its recording when the disk is full', async () => {
    const board = boardOf();
    const leg = await recordedCall(board);
    board.recordings.full = true;
    await board.clock.run(2000);
    expect(board.of('recording.ended')[0]).to.include({ reason: 'failed' });
    expect(board.metrics.value('recordings_total', { outcome: 'failed' })).to.equal(1);
    await board.says(leg, 'where is my card');
    await board.clock.run(2000);
    expect(board.textToSpeech.texts).to.include('All right.');
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });

  it('is over when it is: erasing goes on after it, and is proven', async () => {
    const board = boardOf();
    const leg = await recordedCall(board);
    await board.clock.run(1000);
    let fail = true;
    const begin = board.recordings.list.bind(board.recordings);
    board.recordings.list = (...args) => (fail ? Promise.reject(new Error('away')) : begin(...args));
    leg.farEnd.presses('9');
    leg.farEnd.hangsUp();
    await board.clock.run(6000);
    expect(board.endReason).to.equal('caller_hangup');
    fail = false;
    await board.clock.run(20_000);
    expect(board.of('recording.erased')).to.have.length(1);
    expect(board.clock.pending).to.equal(0);
    expect((await board.recordings.list(board.tenants.tenants[0]!.id, {}, { limit: 1, after: null })).recordings).to.deep.equal([]);
  });
});

describe('a call that is not to be recorded', () => {
  it('says no notice and stores nothing', async () => {
    const board = boardOf({ profile: { recording: { ...POLICY, mode: 'off' } } });
    const leg = board.rings();
    await board.clock.run(3000);
    leg.farEnd.presses('9');
    expect(board.textToSpeech.texts).to.deep.equal([GREETING]);
    expect(board.recordings.bytes).to.equal(0);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
  });
});
