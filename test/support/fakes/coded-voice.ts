import type { Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../src/application/ports/text-to-speech.js';
import { CODED_WORD_MS, codedSpeech, wordsOf } from '../speech/coded-speech.js';

/** What goes wrong with the next syntheses. Words are counted in each; a half is the middle of one. */
export type VoiceFault =
  | { readonly kind: 'none' | 'refuses' | 'never-answers' | 'no-audio' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'dies' | 'hangs' | 'ends'; readonly afterWords: number };

const CHUNK_MS = 100;
/** Between chunks: five times as fast as they are heard. */
const CHUNK_EVERY_MS = 20;

/** Speaks coded speech on the test's clock, and fails as told. */
export class CodedVoice implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities;
  readonly texts: string[] = [];
  /** Syntheses under way. */
  open = 0;

  constructor(private readonly clock: Clock, private readonly name: string, public fault: VoiceFault = { kind: 'none' }, wordTimes = true) {
    this.capabilities = { streaming: true, wordTimes, voices: [{ name, language: 'en-US' }] };
  }

  async *synthesise({ text, voice, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (voice !== this.name) throw new PortError(`no voice ${voice}`, { code: 'text-to-speech/unknown-voice', kind: 'rejected' });
    this.texts.push(text);
    this.open += 1;
    try {
      yield* this.speak(wordsOf(text), sampleRateHz, signal);
    } finally {
      this.open -= 1;
    }
  }

  private async *speak(words: readonly string[], rateHz: number, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const { fault } = this;
    if (fault.kind === 'refuses') throw new PortError('refused', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    if (fault.kind === 'never-answers') await this.wait(Infinity, signal);
    if (fault.kind === 'no-audio') return;
    if (fault.kind === 'late') await this.wait(fault.ms, signal);
    const audio = codedSpeech(words.join(' '), rateHz);
    const perChunk = (CHUNK_MS * rateHz) / 1000;
    const stopMs = 'afterWords' in fault ? fault.afterWords * CODED_WORD_MS : Infinity;
    for (let at = 0; at < audio.length && !signal.aborted; at += perChunk) {
      const fromMs = (at * 1000) / rateHz;
      if (fromMs >= stopMs) { await this.breakDown(fault.kind, signal); return; }
      await this.wait(CHUNK_EVERY_MS, signal);
      const begun = words.map((word, index) => ({ text: word, startMs: index * CODED_WORD_MS, endMs: (index + 1) * CODED_WORD_MS }))
        .filter(({ startMs }) => startMs >= fromMs && startMs < fromMs + CHUNK_MS);
      const samples = audio.slice(at, Math.min(at + perChunk, Math.round((stopMs * rateHz) / 1000)));
      yield this.capabilities.wordTimes ? { samples, words: begun } : { samples };
    }
  }

  private async breakDown(kind: VoiceFault['kind'], signal: AbortSignal): Promise<void> {
    if (kind === 'dies') throw new PortError('died', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    if (kind === 'hangs') await this.wait(Infinity, signal);
  }

  private wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = ms === Infinity ? () => undefined : this.clock.after(ms, end);
      signal.addEventListener('abort', end);
    });
  }
}
