import { expect } from 'chai';
import fc from 'fast-check';
import { isPortError } from '../../../src/application/ports/port-error.js';
import { ConcurrencyLimit } from '../../../src/application/speech/concurrency-limit.js';
import { FallbackTextToSpeech } from '../../../src/application/speech/fallback-text-to-speech.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import { CodedVoice, type VoiceFault } from '../../support/fakes/coded-voice.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { CodedEar } from '../../support/speech/coded-speech.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const RATE = 8000;
const never = new AbortController().signal;
const TEXT = 'Hello, one two three: four five six, seven eight nine ten. Thanks!';
const WORDS = 'hello one two three four five six seven eight nine ten thanks';
const NONE: VoiceFault = { kind: 'none' };

interface Heard {
  readonly text: string;
  /** Longest time without audio while all that came before had been played. */
  readonly gapMs: number;
  readonly words: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[];
  /** For each piece of audio whether it was a stand-in's. */
  readonly standIns: readonly boolean[];
  readonly error: unknown;
}

class Desk {
  readonly clock = new VirtualClock();
  readonly metrics = new RecordingMetrics();
  readonly voices: readonly CodedVoice[];
  readonly chain: FallbackTextToSpeech;
  readonly limits: readonly ConcurrencyLimit[];

  constructor(faults: readonly VoiceFault[], wordTimes = true, maxima: readonly number[] = []) {
    this.voices = faults.map((fault, index) => new CodedVoice(this.clock, `v${index}`, fault, wordTimes));
    this.limits = faults.map((_, index) => new ConcurrencyLimit({ max: maxima[index] ?? Infinity, perTenantMax: Infinity }));
    this.chain = new FallbackTextToSpeech(
      this.voices.map((port, index) => ({ name: `p${index}`, port, voice: `v${index}`, health: new ProviderHealth(this.clock), permits: this.limits[index]!.forTenant('bank') })), { clock: this.clock, log: new RecordingLogger(), metrics: this.metrics },
    );
  }

  async says(text = TEXT, signal = never): Promise<Heard> {
    const ear = new CodedEar(RATE);
    const words: Heard['words'][number][] = [];
    const standIns: boolean[] = [];
    const beganAtMs = this.clock.nowMs();
    let playedUntilMs = beganAtMs;
    let gapMs = 0;
    let error: unknown = null;
    const state = { done: false };
    const speaking = (async () => {
      for await (const chunk of this.chain.synthesise({ text, voice: 'v0', language: 'en-US', sampleRateHz: RATE }, signal)) {
        ear.write(chunk.samples);
        words.push(...chunk.words ?? []);
        standIns.push(chunk.standIn === true);
        gapMs = Math.max(gapMs, this.clock.nowMs() - playedUntilMs);
        playedUntilMs = Math.max(playedUntilMs, this.clock.nowMs()) + (chunk.samples.length * 1000) / RATE;
      }
    })().catch((failure: unknown) => { error = failure; }).finally(() => { state.done = true; });
    for (let waitedMs = 0; !state.done && waitedMs < 30_000; waitedMs += 10) await this.clock.run(10);
    await speaking;
    return { text: ear.end(), gapMs, words, standIns, error };
  }

  expectNothingLeft(): void {
    expect(this.voices.map(({ open }) => open).every((open) => open === 0), 'syntheses under way').to.equal(true);
    expect(this.clock.pending).to.equal(0);
  }
}

describe('a chain of voices', () => {
  it('is its first as long as that one works', async () => {
    const desk = new Desk([NONE, NONE]);
    expect((await desk.says()).text).to.equal(WORDS);
    expect(desk.voices[1]!.texts).to.deep.equal([]);
    desk.expectNothingLeft();
  });

  for (const kind of ['dies', 'ends', 'hangs'] as const) {
    it(`says no word twice and leaves none out when the first ${kind}, at any place, and pauses for less than 400 ms`, async () => {
      for (let afterWords = 0.5; afterWords < 12; afterWords += 0.5) {
        const desk = new Desk([{ kind, afterWords }, NONE]);
        const heard = await desk.says();
        expect(heard.text, `after ${afterWords} words`).to.equal(WORDS);
        expect(heard.error).to.equal(null);
        expect(heard.gapMs, `pause after ${afterWords} words`).to.be.at.most(afterWords < 1 ? 1500 : 400);
        expect(heard.words.map(({ text }) => text).join(' ')).to.equal(WORDS);
        desk.expectNothingLeft();
      }
    });
  }

  it('tells where the words are in all of the audio, whoever said them', async () => {
    const { words } = await new Desk([{ kind: 'dies', afterWords: 4.5 }, NONE]).says();
    expect(words.map(({ startMs }) => startMs)).to.deep.equal(words.map((_, index) => index * 240));
  });

  it('says of what is heard whether the voice that was asked for said it', async () => {
    expect((await new Desk([NONE, NONE]).says()).standIns).not.to.include(true);
    const { standIns } = await new Desk([{ kind: 'dies', afterWords: 4.5 }, NONE]).says();
    expect([standIns[0], standIns.at(-1)]).to.deep.equal([false, true]);
  });

  it('keeps the voice that it has come to', async () => {
    const desk = new Desk([{ kind: 'dies', afterWords: 2 }, NONE]);
    await desk.says();
    desk.voices[0]!.fault = NONE;
    expect((await desk.says('yes please')).text).to.equal('yes please');
    expect(desk.voices[0]!.texts).to.have.length(1);
    expect(desk.metrics.value('provider_fallbacks_total', { port: 'text-to-speech', provider: 'p1' })).to.equal(1);
  });

  it('waits 700 ms for the first audio of each', async () => {
    for (const fault of [{ kind: 'never-answers' }, { kind: 'late', ms: 900 }, { kind: 'no-audio' }, { kind: 'refuses' }] as const) {
      const desk = new Desk([fault, fault, NONE]);
      const heard = await desk.says();
      expect(heard.text, fault.kind).to.equal(WORDS);
      expect(heard.gapMs).to.be.at.most(1500);
      desk.expectNothingLeft();
    }
  });

  it('goes on twice in one sentence', async () => {
    const heard = await new Desk([{ kind: 'dies', afterWords: 3.5 }, { kind: 'hangs', afterWords: 4.5 }, NONE]).says();
    expect(heard.text).to.equal(WORDS);
  });

  it('says so when no voice is left, after what was said', async () => {
    const desk = new Desk([{ kind: 'dies', afterWords: 2 }, { kind: 'dies', afterWords: 2 }]);
    const heard = await desk.says();
    expect(isPortError(heard.error) && heard.error.code).to.equal('text-to-speech/no-provider');
    expect(heard.text).to.equal('hello one two three');
    desk.expectNothingLeft();
  });

  it('leaves no word out where the voice does not tell its words', async () => {
    const desk = new Desk([{ kind: 'dies', afterWords: 5.5 }, NONE], false);
    const heard = await desk.says();
    const said = heard.text.split(' ');
    expect(said.slice(0, 5).join(' ')).to.equal('hello one two three four');
    expect(said.slice(-2).join(' ')).to.equal('ten thanks');
  });

  describe('at the limit of an account', () => {
    it('is the next one, for the rest of the call, and blames nobody', async () => {
      const desk = new Desk([NONE, NONE], true, [1]);
      const place = desk.limits[0]!.forTenant('other').take();
      expect((await desk.says()).text).to.equal(WORDS);
      expect(desk.metrics.value('provider_busy_total', { port: 'text-to-speech', provider: 'p0', tenant: 'bank' })).to.equal(1);
      expect(desk.metrics.value('provider_errors_total')).to.equal(0);
      if (typeof place !== 'string') place.release();
      expect((await desk.says('yes please')).text).to.equal('yes please');
      expect(desk.voices.map(({ texts }) => texts.length)).to.deep.equal([0, 2]);
    });

    it('has patience with one when the next has no place', async () => {
      const desk = new Desk([{ kind: 'late', ms: 2000 }, NONE], true, [Infinity, 1]);
      const place = desk.limits[1]!.forTenant('other').take();
      expect((await desk.says()).text).to.equal(WORDS);
      if (typeof place !== 'string') place.release();
    });

    it('says that there is none when that was the last one', async () => {
      const desk = new Desk([NONE, NONE], true, [1, 1]);
      const places = desk.limits.map((limit) => limit.forTenant('other').take());
      const { error, text } = await desk.says();
      expect([isPortError(error) && error.code, text]).to.deep.equal(['text-to-speech/no-provider', '']);
      for (const place of places) if (typeof place !== 'string') place.release();
    });

    it('gives the place back whatever became of the synthesis', async () => {
      const free = (desk: Desk): readonly (string | null)[] => desk.limits.map((limit) => limit.forTenant('other').reached);
      for (const fault of [NONE, { kind: 'dies', afterWords: 2 }, { kind: 'hangs', afterWords: 2 }, { kind: 'refuses' }, { kind: 'never-answers' }, { kind: 'no-audio' }] as const) {
        const desk = new Desk([fault, NONE], true, [1, 1]);
        expect((await desk.says()).text, fault.kind).to.equal(WORDS);
        expect(free(desk), fault.kind).to.deep.equal([null, null]);
      }
      const cut = new Desk([NONE], true, [1]);
      const abort = new AbortController();
      cut.clock.after(300, () => { abort.abort(); });
      await cut.says(TEXT, abort.signal);
      expect(free(cut)).to.deep.equal([null]);
    });

    it('gives the place back when the call aborts and nobody reads on, or the reader leaves', async () => {
      const request = { text: TEXT, voice: 'v0', language: 'en-US', sampleRateHz: RATE } as const;
      for (const leaves of [true, false]) {
        const desk = new Desk([NONE], true, [1]);
        const abort = new AbortController();
        const audio = desk.chain.synthesise(request, abort.signal);
        const first = audio.next();
        await desk.clock.run(500);
        expect((await first).done).to.equal(false);
        expect(desk.limits[0]!.forTenant('other').reached).to.equal('account');
        if (leaves) await audio.return();
        else abort.abort();
        expect(desk.limits[0]!.forTenant('other').reached).to.equal(null);
        await desk.clock.settle();
        await audio.return();
      }
    });
  });

  it('is silent after the signal aborted, and blames nobody', async () => {
    const desk = new Desk([NONE, NONE]);
    const abort = new AbortController();
    desk.clock.after(300, () => { abort.abort(); });
    const heard = await desk.says(TEXT, abort.signal);
    expect(heard.text.length).to.be.below(WORDS.length);
    expect(desk.voices[1]!.texts).to.deep.equal([]);
    expect(desk.metrics.value('provider_errors_total')).to.equal(0);
    desk.expectNothingLeft();
  });

  it('says everything once whatever fails, as long as one voice is left', async function () {
    this.timeout(120_000);
    const fault: fc.Arbitrary<VoiceFault> = fc.oneof(
      fc.record({ kind: fc.constantFrom('dies' as const, 'hangs' as const, 'ends' as const), afterWords: fc.integer({ min: 0, max: 240 }).map((n) => n / 20) }),
      fc.record({ kind: fc.constantFrom('refuses' as const, 'never-answers' as const, 'no-audio' as const) }),
      fc.record({ kind: fc.constant('late' as const), ms: fc.integer({ min: 1, max: 2000 }) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 3 }), async (faults) => {
      const desk = new Desk([...faults, NONE]);
      const heard = await desk.says();
      expect(heard.text).to.equal(WORDS);
      desk.expectNothingLeft();
    }), { numRuns: 500, seed: 9 });
  });
});
