/**
 * Ears and voices for load: they cost what handing audio on costs and nothing else, and answer after fixed times, so that
 * what a load measures beyond these times is the gateway's own.
 */
import type { SpeechToText, TranscriptEvent, TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import type { Speech } from '../../../src/composition/speech.js';
import { voiceSignal } from './voice-signal.js';

/** End of utterance → final transcript. */
export const FINAL_AFTER_MS = 50;
/** Text → first audio. */
export const FIRST_AUDIO_AFTER_MS = 50;
const MS_PER_CHARACTER = 60;
const VOICE_SECONDS = 20;
const CHUNK_MS = 200;
const HEARD = 'where is my card';
const VOICES = [{ name: 'rms', language: 'en-US' }] as const;

/** Speech of a gateway under load. */
export function loadSpeech(clock: Clock): Speech {
  const parts = { speechToText: new LoadSpeechToText(clock), textToSpeech: new LoadTextToSpeech(clock), speechUses: () => [] };
  return { forProfile: () => parts, warm: () => Promise.resolve(), close: () => Promise.resolve() };
}

/** Hears the same sentence in every utterance, so it keeps the port's contract in everything but what it hears. */
class LoadSpeechToText implements SpeechToText {
  readonly capabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: FINAL_AFTER_MS, sampleRatesHz: [8000, 16000], grammars: false } as const;

  constructor(private readonly clock: Clock) {}

  open(_options: unknown, signal: AbortSignal): Promise<TranscriptionStream> {
    return Promise.resolve(new LoadTranscription(this.clock, signal));
  }
}

class LoadTranscription implements TranscriptionStream {
  /** Of all audio written, as a recogniser would have had to read it. */
  energy = 0;
  private readonly waiting: TranscriptEvent[] = [];
  private closed = false;
  private wake: () => void = () => undefined;

  constructor(private readonly clock: Clock, signal: AbortSignal) {
    signal.addEventListener('abort', () => { void this.close(); }, { once: true });
  }

  write(samples: Int16Array): void {
    for (const sample of samples) this.energy += sample * sample;
  }

  beginUtterance(): void {
    this.waiting.push({ type: 'partial', text: 'where' });
    this.wake();
  }

  endUtterance(): void {
    this.clock.after(FINAL_AFTER_MS, () => {
      this.waiting.push({ type: 'final', text: HEARD, confidence: 1 });
      this.wake();
    });
  }

  close(): Promise<void> {
    this.closed = true;
    this.wake();
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TranscriptEvent, void, undefined> {
    while (!this.closed) {
      const next = this.waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }
}

export class LoadTextToSpeech implements TextToSpeech {
  readonly capabilities = { streaming: true, wordTimes: false, voices: VOICES };
  private readonly voices = { 8000: voiceSignal({ seconds: VOICE_SECONDS, sampleRateHz: 8000 }), 16000: voiceSignal({ seconds: VOICE_SECONDS, sampleRateHz: 16000 }) };

  constructor(private readonly clock: Clock) {}

  async *synthesise({ text, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    await new Promise<void>((resolve) => { this.clock.after(FIRST_AUDIO_AFTER_MS, resolve); });
    const voice = this.voices[sampleRateHz];
    const length = Math.min(voice.length, Math.round((text.length * MS_PER_CHARACTER * sampleRateHz) / 1000));
    const step = (CHUNK_MS * sampleRateHz) / 1000;
    for (let at = 0; at < length && !signal.aborted; at += step) yield { samples: voice.subarray(at, Math.min(length, at + step)) };
  }
}
