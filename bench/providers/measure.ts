import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadSpeexResamplers } from '../../src/adapters/dsp/speex-resampler.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import type { SpeechProvider } from '../../src/adapters/speech/wire/provider.js';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import type { SpeechToText, TranscriptionStream } from '../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../src/application/ports/text-to-speech.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { CODED_WORD_MS, codedSpeech } from '../../test/support/speech/coded-speech.js';
import { pause, residentKb } from './footprint.js';
import type { Loopback } from './loopbacks.js';
import { type DetectionFigures, measureDetector } from './measure-detector.js';
import { type Quantiles, quantilesOf } from './quantiles.js';

const RATE_HZ = 8000;
const FRAME_MS = 20;
const FRAME_SAMPLES = (FRAME_MS * RATE_HZ) / 1000;
const SENTENCE = 'where is my card please';
/** Times that one caller alone says the sentence. */
const ALONE = 8;

export interface ProviderFigures {
  readonly provider: string;
  readonly streams: number;
  /** Of the streams that spoke at one time, those whose final had every word. */
  readonly understood: number;
  /** One caller alone: audio with the end of a word given to the adapter → that word told by it, the loopback server between included. Null: it tells nothing on the way. */
  readonly wordMs: Quantiles | null;
  /** One caller alone: end of the utterance → its final. */
  readonly finalMs: Quantiles;
  /** The same while all speak. */
  readonly crowdFinalMs: Quantiles;
  /** Text → first audio; connections may have to be opened. */
  readonly firstAudioMs: Quantiles | null;
  /** Memory of this process for each stream that is open and has spoken once. */
  readonly idleKb: number;
  /** CPU of this process while all spoke, of one core. */
  readonly cpuMsPerStreamAndS: number;
  /** Null: it does not say when somebody speaks. */
  readonly detection: DetectionFigures | null;
}

/** Starts the provider's server and drives `streams` callers over the adapter, all at once. */
export async function measureProvider(name: string, provider: SpeechProvider, streams: number): Promise<ProviderFigures> {
  const owned = new CloseStack();
  const server = fork(new URL('./server-program.js', import.meta.url), [name]);
  try {
    const [loopback] = await once(server, 'message') as [Loopback];
    const defaults = Object.fromEntries(Object.entries(provider.settings).map(([setting, { default: value }]) => [setting, value ?? '']));
    const settings = { ...defaults, ...loopback.settings };
    const ports = { clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, resampler: await loadSpeexResamplers(), owned };
    await provider.load?.();
    const ear = provider.speechToText?.(settings, ports);
    if (ear === undefined) throw new Error(`${name} does not recognise`);
    const figures = await measureEar(ear, streams);
    const voice = provider.textToSpeech?.(settings, ports);
    const firstAudioMs = voice === undefined ? null : await measureVoice(voice, loopback.voice, streams);
    const detector = provider.voiceActivity?.(settings);
    const detection = detector === undefined ? null : await measureDetector(detector, streams);
    return { provider: name, streams, firstAudioMs, detection, ...figures };
  } finally {
    server.disconnect();
    await owned.close();
  }
}

async function measureEar(ear: SpeechToText, streams: number): Promise<Omit<ProviderFigures, 'provider' | 'streams' | 'firstAudioMs' | 'detection'>> {
  const first = await Caller.open(ear);
  await first.speak(); // what is made once is no stream's
  first.forget();
  for (let time = 0; time < ALONE; time += 1) await first.speak();
  const before = await residentKb();
  const callers = await Promise.all(Array.from({ length: streams }, () => Caller.open(ear)));
  await Promise.all(callers.map((caller) => caller.speak()));
  const idleKb = (await residentKb() - before) / streams;
  for (const caller of callers) caller.forget();
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await Promise.all(callers.map((caller, index) => caller.speak((index * FRAME_MS) / streams)));
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const figures = {
    understood: callers.filter(({ heard }) => heard === SENTENCE).length,
    wordMs: ear.capabilities.partialResults ? quantilesOf(first.wordMs) : null, finalMs: quantilesOf(first.finalMs),
    crowdFinalMs: quantilesOf(callers.flatMap(({ finalMs }) => finalMs)),
    idleKb, cpuMsPerStreamAndS: (cpu.user + cpu.system) / 1000 / streams / seconds,
  };
  await Promise.all([first, ...callers].map((caller) => caller.close()));
  return figures;
}

/** One caller who says the sentence at the speed of speech and hears what is understood. */
class Caller {
  wordMs: number[] = [];
  finalMs: number[] = [];
  heard = '';
  private words = 0;
  /** When the audio was given that ends each word. */
  private wordGivenAt: number[] = [];
  private endedAt = 0;
  private final: (() => void) | null = null;
  private readonly reading: Promise<void>;

  private constructor(private readonly stream: TranscriptionStream) {
    this.reading = this.read();
  }

  static async open(ear: SpeechToText): Promise<Caller> {
    return new Caller(await ear.open({ language: 'en-US', sampleRateHz: RATE_HZ }, new AbortController().signal));
  }

  forget(): void {
    this.wordMs = [];
    this.finalMs = [];
  }

  async speak(delayMs = 0): Promise<void> {
    const audio = codedSpeech(SENTENCE, RATE_HZ);
    const done = new Promise<void>((resolve) => { this.final = resolve; });
    this.words = 0;
    this.wordGivenAt = [];
    await pause(delayMs);
    const began = performance.now();
    this.stream.beginUtterance(0);
    for (let at = 0; at < audio.length; at += FRAME_SAMPLES) {
      await pause(began + (at * 1000) / RATE_HZ - performance.now());
      // The server knows that a word is over from the first silence after it.
      if (((at * 1000) / RATE_HZ) % CODED_WORD_MS === 160) this.wordGivenAt.push(performance.now());
      this.stream.write(audio.subarray(at, at + FRAME_SAMPLES));
    }
    this.endedAt = performance.now();
    this.stream.endUtterance();
    await done;
  }

  async close(): Promise<void> {
    await this.stream.close();
    await this.reading;
  }

  private async read(): Promise<void> {
    for await (const { type, text } of this.stream) {
      const nowMs = performance.now();
      if (type === 'final') {
        this.heard = text;
        this.finalMs.push(nowMs - this.endedAt);
        this.final?.();
        continue;
      }
      const words = text.split(' ').length;
      const givenAt = this.wordGivenAt[words - 1];
      if (words > this.words && givenAt !== undefined) this.wordMs.push(nowMs - givenAt);
      this.words = Math.max(this.words, words);
    }
  }
}

async function measureVoice(voice: TextToSpeech, name: string, times: number): Promise<Quantiles> {
  const took: number[] = [];
  for (let time = 0; time <= times; time += 1) {
    const began = performance.now();
    let heard = false;
    for await (const chunk of voice.synthesise({ text: SENTENCE, voice: name, language: 'en-US', sampleRateHz: RATE_HZ }, new AbortController().signal)) {
      if (!heard && time > 0) took.push(performance.now() - began); // the first opens what the others share
      heard ||= chunk.samples.length > 0;
    }
  }
  return quantilesOf(took);
}
