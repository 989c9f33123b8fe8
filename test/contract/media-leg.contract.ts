import { expect } from 'chai';
import type { MediaEvent, MediaLeg } from '../../src/application/ports/media-leg.js';
import { peak, rms } from '../../src/domain/audio/level.js';
import { tone } from '../../src/domain/audio/tones.js';
import { syntheticVoice } from '../support/synthetic-voice.js';

/** A leg with somebody at the other end, and time. */
export interface MediaLegUnderTest {
  readonly leg: MediaLeg;
  /** The caller says this. */
  readonly speak: (samples: Int16Array) => void;
  /** The caller's side sends nothing any more, not even silence. */
  readonly vanish: () => void;
  /** Everything the caller's side received since it was opened. */
  readonly heard: () => Int16Array;
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  /** How far the test's own timers and the far end's sending may be off: nothing in virtual time, much on a shared machine. */
  readonly slackMs: number;
  readonly close: () => Promise<void>;
}

/** The legs under test are opened with these. */
export const CONTRACT_VOICE_DETECTION = { onsetMs: 60, offsetMs: 200, sustainedMs: 200 };
export const CONTRACT_MEDIA_TIMEOUT_MS = 400;

const FRAME_MS = 20;
const WAIT_MAX_MS = 4000;

/** What every MediaLeg promises. */
export function mediaLegContract(open: () => Promise<MediaLegUnderTest>): void {
  describe('keeps the contract of MediaLeg', () => {
    let test: MediaLegUnderTest;
    let leg: MediaLeg;
    let slackMs: number;
    let events: MediaEvent[];

    beforeEach(async () => {
      test = await open();
      ({ leg, slackMs } = test);
      events = [];
      leg.onEvent((event) => { events.push(event); });
    });

    afterEach(async () => { await test.close(); });

    const samplesOf = (ms: number): number => (leg.sampleRateHz * ms) / 1000;
    const msOf = (samples: number): number => (samples * 1000) / leg.sampleRateHz;
    const sound = (durationMs: number, decibels = -12): Int16Array => tone([350], { sampleRateHz: leg.sampleRateHz, durationMs, decibels });
    const find = <T extends MediaEvent['type']>(type: T): Extract<MediaEvent, { type: T }> | undefined =>
      events.find((event): event is Extract<MediaEvent, { type: T }> => event.type === type);
    const until = async (condition: () => boolean, what: string): Promise<void> => {
      for (let waitedMs = 0; !condition(); waitedMs += FRAME_MS) {
        if (waitedMs > WAIT_MAX_MS) throw new Error(`waited in vain until ${what}`);
        await test.pass(FRAME_MS);
      }
    };
    const loudSamples = (samples: Int16Array): number => samples.reduce((count, sample) => count + (Math.abs(sample) > 1000 ? 1 : 0), 0);
    const loudMsHeard = (): number => msOf(loudSamples(test.heard()));

    it('gives caller audio as a steady timeline: no gap in positions, and position is time', async () => {
      const chunks: { position: number; length: number; atMs: number }[] = [];
      leg.onAudio((samples, position, atMs) => { chunks.push({ position, length: samples.length, atMs }); });
      await test.pass(500);
      const [first] = chunks;
      const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      expect(msOf(total)).to.be.within(500 - FRAME_MS - slackMs, 500 + FRAME_MS + slackMs);
      for (const [index, chunk] of chunks.entries()) {
        const before = chunks[index - 1];
        if (before) expect(chunk.position).to.equal(before.position + before.length);
        expect(chunk.atMs - first!.atMs).to.be.closeTo(msOf(chunk.position - first!.position), 0.01);
        expect(msOf(chunk.length)).to.be.within(20, 100);
      }
      const lastEndMs = chunks.at(-1)!.atMs + msOf(chunks.at(-1)!.length);
      expect(test.nowMs() - lastEndMs).to.be.within(-1, FRAME_MS + slackMs);
    });

    it('hands over what the caller said, between silence', async () => {
      const heard: Int16Array[] = [];
      leg.onAudio((samples) => { heard.push(samples.slice()); });
      test.speak(sound(300));
      const loudMs = (): number => heard.reduce((sum, samples) => sum + msOf(loudSamples(samples)), 0);
      await until(() => loudMs() > 150 && rms(heard.at(-1)!) < 20, 'the sound had come and gone'); // a sine is above the threshold most of the time
      await test.pass(200);
      expect(loudMs()).to.be.at.most(310 + slackMs / 2); // what was late may have been filled in
    });

    it('stops handing audio over when the registration is cancelled', async () => {
      let calls = 0;
      const cancel = leg.onAudio(() => { calls += 1; });
      await until(() => calls > 0, 'audio came');
      cancel();
      const before = calls;
      await test.pass(100);
      expect(calls).to.equal(before);
    });

    it('gives both directions together: as each gives alone, at the same positions', async function () {
      if (leg.onTracks === undefined || leg.onPlayed === undefined) this.skip();
      const alone = { caller: new Map<number, number>(), sent: new Map<number, number>() };
      const together: { position: number; caller: number; sent: number; equal: boolean }[] = [];
      leg.onAudio((samples, position) => { alone.caller.set(position, rms(samples)); });
      leg.onPlayed((samples, position) => { alone.sent.set(position, rms(samples)); });
      const cancel = leg.onTracks(({ caller, sent }, position) => {
        together.push({ position, caller: rms(caller), sent: rms(sent), equal: caller.length === sent.length });
      });
      test.speak(sound(300));
      leg.play(sound(300));
      await until(() => together.some(({ caller }) => caller > 500) && together.some(({ sent }) => sent > 500), 'both were heard');
      expect(together.every(({ equal }) => equal)).to.equal(true);
      for (const { position, caller, sent } of together) {
        expect(alone.caller.get(position)).to.equal(caller);
        expect(alone.sent.get(position)).to.equal(sent);
      }
      cancel();
      const before = together.length;
      await test.pass(100);
      expect(together.length).to.equal(before);
    });

    it('says when media began', async () => {
      await until(() => find('media-started') !== undefined, 'media started');
      expect(find('media-started')!.atMs).to.be.within(test.nowMs() - WAIT_MAX_MS, test.nowMs() + 1);
    });

    it('says when speech began and ended, with the times of the voice itself', async () => {
      await test.pass(100);
      const spokenAtMs = test.nowMs();
      test.speak(syntheticVoice(leg.sampleRateHz, 500));
      await until(() => find('speech-ended') !== undefined, 'speech ended');
      const started = find('speech-started')!;
      const sustained = find('speech-sustained')!;
      const ended = find('speech-ended')!;
      expect(started.onsetAtMs - spokenAtMs).to.be.within(-FRAME_MS, 100 + slackMs);
      expect(started.atMs - started.onsetAtMs).to.be.at.least(CONTRACT_VOICE_DETECTION.onsetMs - FRAME_MS);
      expect(sustained.onsetAtMs).to.equal(started.onsetAtMs);
      expect(sustained.atMs - started.onsetAtMs).to.be.at.least(CONTRACT_VOICE_DETECTION.sustainedMs - FRAME_MS);
      expect(sustained.atMs).to.be.below(ended.atMs);
      expect(ended.lastVoicedAtMs - started.onsetAtMs).to.be.within(300 - slackMs, 700 + slackMs);
      expect(ended.atMs - ended.lastVoicedAtMs).to.be.at.least(CONTRACT_VOICE_DETECTION.offsetMs - FRAME_MS);
    });

    it('does not call a short sound sustained', async () => {
      await test.pass(100);
      test.speak(syntheticVoice(leg.sampleRateHz, 100));
      await until(() => find('speech-ended') !== undefined, 'speech ended');
      expect(find('speech-sustained')).to.equal(undefined);
    });

    it('says once that media was lost when nothing arrives any more', async () => {
      await until(() => find('media-started') !== undefined, 'media started');
      test.vanish();
      await until(() => find('media-lost') !== undefined, 'media was lost');
      await test.pass(200);
      expect(events.filter((event) => event.type === 'media-lost')).to.have.lengthOf(1);
    });

    it('sends what is played and says when it started and was drained', async () => {
      const accepted = leg.play(sound(300));
      expect(accepted).to.equal(samplesOf(300));
      expect(leg.playoutPending).to.be.within(samplesOf(Math.max(0, 300 - slackMs)), samplesOf(300));
      await until(() => find('playout-drained') !== undefined, 'playout drained');
      expect(leg.played).to.equal(samplesOf(300));
      expect(leg.playoutPending).to.equal(0);
      expect(find('playout-started')!.position).to.equal(0);
      expect(find('playout-drained')!.position).to.equal(samplesOf(300));
      const lasted = find('playout-drained')!.atMs - find('playout-started')!.atMs;
      expect(lasted).to.be.within(300 - FRAME_MS, 300 + slackMs);
      await test.pass(FRAME_MS);
      expect(loudMsHeard()).to.be.within(200, 310);
    });

    it('accepts no more than there is room for, and says how much that is', async () => {
      const chunk = sound(500);
      let accepted = leg.play(chunk);
      let total = accepted;
      while (accepted === chunk.length) {
        accepted = leg.play(chunk);
        total += accepted;
      }
      expect(accepted).to.be.below(chunk.length);
      expect(total).to.be.at.least(samplesOf(1000));
      const { playoutSpace } = leg;
      expect(playoutSpace).to.be.below(samplesOf(FRAME_MS + slackMs));
      await until(() => leg.playoutSpace > playoutSpace, 'there was room again');
      expect(leg.play(chunk)).to.be.above(0);
    });

    it('discards what is pending when cleared, within a frame, without saying that it was drained', async () => {
      leg.play(sound(1000));
      await until(() => leg.played >= samplesOf(100), 'a tenth of a second was played');
      const cut = leg.clear();
      expect(leg.playoutPending).to.equal(0);
      await test.pass(300);
      expect(leg.played - cut).to.be.within(0, samplesOf(FRAME_MS));
      expect(find('playout-drained')).to.equal(undefined);
      expect(loudMsHeard()).to.be.at.most(msOf(leg.played));
      expect(peak(test.heard().slice(-samplesOf(100)))).to.be.below(50);
    });

    it('plays what comes after a clear, and only that', async () => {
      leg.play(sound(1000));
      await until(() => leg.played > 0, 'playing began');
      leg.clear();
      leg.play(sound(100));
      await until(() => find('playout-drained') !== undefined, 'the new audio was drained');
      expect(events.filter((event) => event.type === 'playout-started')).to.have.lengthOf(2);
      expect(leg.played).to.be.within(samplesOf(100), samplesOf(100 + 2 * FRAME_MS + slackMs));
      expect(leg.statistics.underruns).to.equal(0);
    });

    it('ducks and restores the agent', async () => {
      leg.duck(-20);
      leg.play(sound(400));
      await until(() => find('playout-drained') !== undefined, 'drained');
      await test.pass(FRAME_MS);
      const quiet = peak(test.heard().slice(-samplesOf(300)));
      leg.duck(0);
      leg.play(sound(400));
      await until(() => events.filter((event) => event.type === 'playout-drained').length === 2, 'drained again');
      await test.pass(FRAME_MS);
      const loud = peak(test.heard().slice(-samplesOf(300)));
      expect(20 * Math.log10(loud / quiet)).to.be.closeTo(20, 1);
    });

    it('counts an underrun when speech runs dry and goes on', async () => {
      leg.play(sound(100));
      const stop = leg.onEvent((event) => { if (event.type === 'playout-drained') leg.play(sound(100)); }); // at once: that is late, but not a pause
      await until(() => find('playout-drained') !== undefined, 'drained');
      stop();
      await until(() => leg.played === samplesOf(200), 'all was played');
      await test.pass(FRAME_MS);
      expect(leg.statistics.underruns).to.equal(1);
    });

    it('counts packets', async () => {
      await test.pass(300);
      expect(leg.statistics.packetsSent).to.be.above(5);
      expect(leg.statistics.packetsReceived).to.be.above(5);
    });

    it('is silent after close, which may be called twice', async () => {
      let audio = 0;
      leg.onAudio(() => { audio += 1; });
      leg.play(sound(1000));
      await test.pass(100);
      await Promise.all([leg.close(), leg.close()]);
      const before = { audio, events: events.length };
      await test.pass(100);
      expect({ audio, events: events.length }).to.deep.equal(before);
      expect(leg.play(sound(20))).to.equal(0);
      expect(leg.playoutSpace).to.equal(0);
      await leg.close();
    });
  });
}
