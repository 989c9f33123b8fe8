import { expect } from 'chai';
import { isPortError } from '../../src/application/ports/port-error.js';
import { UNJUDGED_MS_MAX, type VoiceActivityDetector, type VoiceActivityOptions, type VoiceActivityStream, type VoiceChange } from '../../src/application/ports/voice-activity-detector.js';
import { syntheticVoice } from '../support/synthetic-voice.js';
import { until } from '../support/until.js';

/** A detector that takes `syntheticVoice` for voice, and the world it lives in. */
export interface VoiceActivityHarness {
  readonly detector: VoiceActivityDetector;
  /** Makes every open stream fail. */
  fail(): Promise<void>;
  /** From now on nothing that is written to open streams is judged. */
  hang(): void;
  close(): Promise<void>;
}

const PIECE_MS = 20;
/** What a detector may lag behind when it is asked for nothing more. */
const LAG_MS_MAX = 200;
/** Classifiers smear the ends of a voice, and hold on to it for a while. */
const EARLY_MS = 40;
const LATE_MS = 160;
const OPTIONS: VoiceActivityOptions = { sampleRateHz: 8000, voiceMsMin: 80, silenceMsMin: 300 };

/** A stream and what was told of it. */
interface Watched {
  readonly stream: VoiceActivityStream;
  readonly changes: VoiceChange[];
  readonly failures: Error[];
  writtenMs: number;
}

/** What every detector must keep, by sentence of the port's docstring. */
export function voiceActivityContract(name: string, start: () => Promise<VoiceActivityHarness>): void {
  describe(`VoiceActivityDetector: ${name}`, function () {
    this.timeout(20_000);
    let harness: VoiceActivityHarness;
    const opened: VoiceActivityStream[] = [];
    const open = async (signal = new AbortController().signal, options = OPTIONS): Promise<Watched> => {
      const [changes, failures]: [VoiceChange[], Error[]] = [[], []];
      const stream = await harness.detector.open(options, { changed: (change) => { changes.push(change); }, failed: (error) => { failures.push(error); } }, signal);
      opened.push(stream);
      return { stream, changes, failures, writtenMs: 0 };
    };
    /** As a leg does: one piece after the other, each in the same array. */
    const write = async (watched: Watched, samples: Int16Array, rateHz = 8000): Promise<void> => {
      const { stream, failures } = watched;
      const piece = new Int16Array((PIECE_MS * rateHz) / 1000);
      for (let at = 0; at < samples.length; at += piece.length) {
        piece.set(samples.subarray(at, at + piece.length));
        stream.write(piece);
        piece.fill(9999);
        watched.writtenMs += PIECE_MS;
        const keepsUp = (): boolean => stream.judgedMs >= watched.writtenMs - LAG_MS_MAX || failures.length > 0;
        if (!keepsUp()) await until(keepsUp);
      }
    };
    const silence = (ms: number): Int16Array => new Int16Array(ms * 8);
    beforeEach(async () => { harness = await start(); });
    afterEach(async () => {
      for (const stream of opened.splice(0)) stream.close();
      await harness.close();
    });

    for (const sampleRateHz of [8000, 16_000] as const) {
      it(`tells once where a voice begins and once where it ends, in the time of the stream, at ${sampleRateHz} Hz`, async () => {
        const watched = await open(undefined, { ...OPTIONS, sampleRateHz });
        await write(watched, new Int16Array((400 * sampleRateHz) / 1000), sampleRateHz);
        expect(watched.changes).to.deep.equal([]);
        await write(watched, syntheticVoice(sampleRateHz, 600), sampleRateHz);
        await write(watched, new Int16Array((800 * sampleRateHz) / 1000), sampleRateHz);
        expect(watched.changes.map(({ type }) => type)).to.deep.equal(['started', 'ended']);
        expect(watched.changes[0]?.atMs).to.be.within(400 - EARLY_MS, 400 + LATE_MS);
        expect(watched.changes[1]?.atMs).to.be.within(1000 - EARLY_MS, 1000 + LATE_MS);
        expect(watched.failures).to.deep.equal([]);
      });
    }

    it('does not tell a voice that is too short, nor a pause', async () => {
      const watched = await open(undefined, { ...OPTIONS, voiceMsMin: 300, silenceMsMin: 600 });
      await write(watched, silence(400));
      await write(watched, syntheticVoice(8000, 60));
      await write(watched, silence(900));
      expect(watched.changes).to.deep.equal([]);
      for (const part of [syntheticVoice(8000, 600), silence(200), syntheticVoice(8000, 600), silence(1200)]) await write(watched, part);
      expect(watched.changes.map(({ type }) => type)).to.deep.equal(['started', 'ended']);
      expect(watched.changes[1]?.atMs).to.be.greaterThan(2500);
    });

    it('keeps two callers apart', async () => {
      const [speaks, listens] = [await open(), await open()];
      await Promise.all([write(speaks, syntheticVoice(8000, 600)), write(listens, silence(600))]);
      await Promise.all([write(speaks, silence(800)), write(listens, silence(800))]);
      expect(speaks.changes.map(({ type }) => type)).to.deep.equal(['started', 'ended']);
      expect(listens.changes).to.deep.equal([]);
    });

    it('tells nothing after close, however often it is closed', async () => {
      const watched = await open();
      watched.stream.write(syntheticVoice(8000, 400));
      const before = watched.changes.length;
      watched.stream.close();
      watched.stream.close();
      watched.stream.write(syntheticVoice(8000, 400));
      const witness = await open();
      await write(witness, syntheticVoice(8000, 400));
      expect(witness.changes.length).to.equal(1);
      expect([watched.changes.length - before, watched.failures]).to.deep.equal([0, []]);
    });

    it('tells nothing after the signal aborted, and opens nothing when it has already', async () => {
      const abort = new AbortController();
      const watched = await open(abort.signal);
      abort.abort();
      watched.stream.write(syntheticVoice(8000, 400));
      const witness = await open();
      await write(witness, syntheticVoice(8000, 400));
      expect([watched.changes, watched.failures]).to.deep.equal([[], []]);
      expect(await open(abort.signal).then(() => 'opened', () => 'refused')).to.equal('refused');
    });

    it('fails as soon as more waits than may', async () => {
      const watched = await open();
      await write(watched, silence(400));
      harness.hang();
      const behindMs = 400 - watched.stream.judgedMs;
      for (let waitsMs = behindMs + PIECE_MS; waitsMs <= UNJUDGED_MS_MAX; waitsMs += PIECE_MS) watched.stream.write(silence(PIECE_MS));
      expect(watched.failures).to.deep.equal([]);
      watched.stream.write(silence(PIECE_MS));
      expect(watched.failures.map((error) => isPortError(error) && [error.kind, error.code])).to.deep.equal([['timeout', 'voice-activity/timeout']]);
      watched.stream.write(silence(PIECE_MS));
      expect(watched.failures.length, 'once').to.equal(1);
    });

    it('tells once that it failed, is dead from then on, and a new stream can be opened', async () => {
      const watched = await open();
      await write(watched, silence(400));
      await harness.fail();
      await until(() => watched.failures.length > 0);
      expect(isPortError(watched.failures[0]) && watched.failures[0].code).to.match(/^voice-activity\//u);
      watched.stream.write(syntheticVoice(8000, 400));
      const next = await open();
      await write(next, syntheticVoice(8000, 400));
      expect(next.changes.map(({ type }) => type)).to.deep.equal(['started']);
      expect([watched.changes.length, watched.failures.length]).to.deep.equal([0, 1]);
    });
  });
}
