import { FallbackSpeechToText } from '../../../src/application/speech/fallback-speech-to-text.js';
import { ConcurrencyLimit } from '../../../src/application/speech/concurrency-limit.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import { CodedRecogniser, type RecogniserFault } from '../../support/fakes/coded-recogniser.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { codedSpeech } from '../../support/speech/coded-speech.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export const RATE = 8000;
export const FRAME_MS = 20;
export const FRAME = (FRAME_MS * RATE) / 1000;
/** As the media thread reports them: the onset is believed after 80 ms, the turn ends 500 ms after the last voice. */
const ONSET_MS = 80;
const SILENCE_MS = 500;

export const NONE: RecogniserFault = { kind: 'none' };
export const SENTENCES = ['where is my card please', 'yes', 'one two three four five six seven eight nine ten'];

/** A caller who speaks over a chain of recognisers, on virtual time. */
export class RecogniserLine {
  readonly clock = new VirtualClock();
  readonly metrics = new RecordingMetrics();
  readonly recognisers: readonly CodedRecogniser[];
  readonly health: readonly ProviderHealth[];
  readonly limits: readonly ConcurrencyLimit[];
  readonly log = new RecordingLogger();
  readonly chain: FallbackSpeechToText;
  readonly finals: string[] = [];
  readonly partials: string[] = [];
  failure: unknown = null;

  constructor(faults: readonly RecogniserFault[], partialResults = true, maxima: readonly number[] = []) {
    this.recognisers = faults.map((fault) => new CodedRecogniser(this.clock, fault, partialResults));
    this.health = faults.map(() => new ProviderHealth(this.clock));
    this.limits = faults.map((_, index) => new ConcurrencyLimit({ max: maxima[index] ?? Infinity, perTenantMax: Infinity }));
    this.chain = new FallbackSpeechToText(
      this.recognisers.map((port, index) => ({ name: `p${index}`, port, health: this.health[index]!, permits: this.limits[index]!.forTenant('bank') })), { clock: this.clock, log: this.log, metrics: this.metrics },
    );
  }

  /** Says the sentences one after the other, `pauseMs` between them; resolves with everything closed when the last final was due. */
  async hears(sentences: readonly string[], pauseMs = 1200): Promise<this> {
    const life = new AbortController();
    const state = { opened: false };
    const opening = this.chain.open({ language: 'en-US', sampleRateHz: RATE }, life.signal).catch((error: unknown) => { this.failure = error; return null; })
      .finally(() => { state.opened = true; });
    await this.clock.run(9000);
    if (!state.opened) { // as a listener does that has waited long enough
      this.failure = new Error('nobody opened');
      life.abort();
      await (await opening)?.close();
      return this;
    }
    const stream = await opening;
    if (stream === null) return this;
    const reading = (async () => {
      for await (const { type, text } of stream) (type === 'final' ? this.finals : this.partials).push(text);
    })().catch((error: unknown) => { this.failure = error; });
    for (const sentence of sentences) {
      await this.say(stream, codedSpeech(sentence, RATE));
      await this.silence(stream, pauseMs);
    }
    await this.silence(stream, 6000);
    await stream.close();
    await this.clock.settle();
    await reading;
    await this.clock.run(4000); // openings that nobody waits for any more come to their end
    return this;
  }

  private async say(stream: { write(samples: Int16Array): void; beginUtterance(preRollMs: number): void; endUtterance(): void }, audio: Int16Array): Promise<void> {
    for (let at = 0; at < audio.length; at += FRAME) {
      const frame = new Int16Array(FRAME);
      frame.set(audio.subarray(at, at + FRAME));
      stream.write(frame);
      if (at === (ONSET_MS * RATE) / 1000) stream.beginUtterance(ONSET_MS + 300);
      await this.clock.run(FRAME_MS);
    }
    await this.silence(stream, SILENCE_MS);
    stream.endUtterance();
  }

  private async silence(stream: { write(samples: Int16Array): void }, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      stream.write(new Int16Array(FRAME));
      await this.clock.run(FRAME_MS);
    }
  }
}
