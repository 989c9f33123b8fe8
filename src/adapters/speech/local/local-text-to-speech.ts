import { performance } from 'node:perf_hooks';
import type { Logger } from '../../../application/ports/logger.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { LOCAL_VOICES } from './local-voices.js';
import { speakablePieces } from '../wire/speakable-pieces.js';
import { type RenderedChunk, type Rendering, SynthesisThread } from './synthesis-thread.js';

const TEXT_CHARACTERS_MAX = 2000;
/** Texts at one time, over all threads; more would wait longer than any caller does. */
const REQUESTS_MAX = 256;
/** Silence kept before the first piece, so that its first sound is whole, and before the others, for a pause between sentences. */
const FIRST_LEAD_MS = 20;
const LEAD_MS = 150;
/** A thread that died is replaced, but not more often than this: what killed it may come again. */
const RESPAWN_MS_MIN = 5000;

export interface LocalTextToSpeechOptions {
  /** A voice always speaks from the same thread (flite does not lock), all of espeak-ng from the first (its state is global). */
  readonly workers: number;
  /** Looked into for the libraries before the system's directories. */
  readonly libraryDirectories: readonly string[];
  readonly logger: Logger;
}

interface Slot {
  thread: SynthesisThread;
  spawnedAtMs: number;
}

/** flite and espeak-ng of this machine, in threads of their own. The language of a request is the voice's; each names the one it speaks. */
export class LocalTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = {
    streaming: true, wordTimes: true, voices: LOCAL_VOICES.map(({ name, language }) => ({ name, language })),
  };
  private readonly slots: Slot[];
  private requests = 0;
  private closing: Promise<void> | null = null;

  private constructor(private readonly options: LocalTextToSpeechOptions) {
    this.slots = Array.from({ length: options.workers }, () => ({ thread: this.spawn(), spawnedAtMs: performance.now() }));
  }

  /** The libraries are opened when a voice is first used: a machine without espeak-ng can speak English. */
  static open(options: LocalTextToSpeechOptions, signal: AbortSignal): Promise<LocalTextToSpeech> {
    return new Promise((resolve) => {
      signal.throwIfAborted();
      resolve(new LocalTextToSpeech(options));
    });
  }

  /** @throws PortError text-to-speech/unknown-voice, /text-too-long, /no-audio, /failed, /unavailable; native/library-missing. */
  async *synthesise({ text, voice, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const pieces = piecesOf(text);
    const thread = this.threadOf(voice);
    const active: Rendering[] = [];
    const render = (piece: string): Rendering => {
      const rendering = thread.render({ text: piece, voice, sampleRateHz, leadMs: active.length === 0 ? FIRST_LEAD_MS : LEAD_MS });
      active.push(rendering);
      return rendering;
    };
    const cancel = (): void => { for (const rendering of active) rendering.cancel(); };
    signal.addEventListener('abort', cancel, { once: true });
    this.requests += 1;
    try {
      let samples = 0;
      for (const [index, piece] of pieces.entries()) {
        // One piece is rendered ahead of the one being taken, never more: a reader that stops taking stops the rendering.
        const rendering = active[0] ?? render(piece);
        const ahead = pieces[index + 1];
        if (ahead !== undefined) render(ahead);
        const beganMs = (samples * 1000) / sampleRateHz;
        for (let chunk = await rendering.next(); chunk !== null; chunk = await rendering.next()) {
          samples += chunk.samples.length;
          yield later(chunk, beganMs);
        }
        active.shift();
      }
    } finally {
      this.requests -= 1;
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.closing ??= Promise.all(this.slots.map(({ thread }) => thread.close())).then(() => undefined);
    return this.closing;
  }

  private threadOf(voiceName: string): SynthesisThread {
    const index = LOCAL_VOICES.findIndex(({ name }) => name === voiceName);
    const voice = LOCAL_VOICES[index];
    if (voice === undefined) throw new PortError(`no local voice is named ${voiceName}`, { code: 'text-to-speech/unknown-voice', kind: 'rejected' });
    if (this.requests >= REQUESTS_MAX) throw unavailable('too many texts wait for the synthesiser');
    const slot = this.slots[voice.engine === 'espeak' ? 0 : index % this.slots.length];
    if (slot === undefined || this.closing !== null) throw unavailable('the synthesiser is closed');
    if (!slot.thread.alive && performance.now() - slot.spawnedAtMs >= RESPAWN_MS_MIN) {
      slot.thread = this.spawn();
      slot.spawnedAtMs = performance.now();
    }
    return slot.thread;
  }

  private spawn(): SynthesisThread {
    const { libraryDirectories, logger } = this.options;
    return new SynthesisThread({ directories: libraryDirectories }, (reason) => { logger.error('a synthesis thread died', { reason }); });
  }
}

function piecesOf(text: string): readonly string[] {
  if (text.length <= TEXT_CHARACTERS_MAX) return speakablePieces(text);
  throw new PortError(`a text of ${text.length} characters is too long to speak, at most ${TEXT_CHARACTERS_MAX}`, { code: 'text-to-speech/text-too-long', kind: 'rejected' });
}

/** Word times count from the beginning of the text, not of the piece. */
function later({ samples, words }: RenderedChunk, byMs: number): SpeechChunk {
  if (words.length === 0) return { samples };
  return { samples, words: words.map(({ text, startMs, endMs }) => ({ text, startMs: startMs + byMs, endMs: endMs + byMs })) };
}

function unavailable(message: string): PortError {
  return new PortError(message, { code: 'text-to-speech/unavailable', kind: 'unavailable' });
}
