import { performance } from 'node:perf_hooks';
import type { Logger } from '../../../application/ports/logger.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { LocalTranscriptionStream } from './local-transcription-stream.js';
import type { RecogniserAnswer, RecogniserFailure, RecogniserWorkerInput } from './recogniser-protocol.js';
import { RecogniserThread } from './recogniser-thread.js';

const DEFAULT_MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
const DEFAULT_CONFIDENCE_MIN = 0.5;
/** A thread that died is replaced, but not more often than this: what killed it may come again. */
const DEFAULT_RESPAWN_MS_MIN = 5000;

export interface LocalSpeechToTextOptions {
  readonly workers: number;
  /** Recognisers at one time over all threads; a stream holds one only while its caller speaks. */
  readonly decodersMax: number;
  /** Null: where Debian puts it. */
  readonly modelDirectory: string | null;
  /** Looked into for the libraries before the system's directories. */
  readonly libraryDirectories: readonly string[];
  readonly logger: Logger;
  /** With a grammar: words that fit worse are not reported, the final is empty. 0 to 1, default 0.5; 0 reports everything. */
  readonly confidenceMin?: number;
  /** From the beginning of a thread that died to that of the next, default 5 s; until then streams go to the others. */
  readonly respawnMsMin?: number;
}

interface Slot {
  thread: RecogniserThread;
  spawnedAtMs: number;
  replacing: Promise<void> | null;
}

/** pocketsphinx of this machine, in threads of its own: American English, by grammar or by a general model (poor on telephone audio). */
export class LocalSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms`: 295 ms was the longest of ADR 3's calls ("What was seen"), and a margin for a machine that is busy. */
  readonly capabilities: SpeechToTextCapabilities = {
    partialResults: true, endpointing: false, finalLatencyP99Ms: 400, sampleRatesHz: [8000, 16_000], grammars: true,
  };
  private readonly slots: Slot[] = [];
  private nextStream = 1;
  private closing: Promise<void> | null = null;

  private constructor(private readonly input: RecogniserWorkerInput, private readonly logger: Logger, private readonly respawnMsMin: number) {}

  /** @throws PortError native/library-missing, speech-to-text/model-missing: with the package to install. */
  static async open(options: LocalSpeechToTextOptions, signal: AbortSignal): Promise<LocalSpeechToText> {
    signal.throwIfAborted();
    const opened = new LocalSpeechToText({
      modelDirectory: options.modelDirectory ?? DEFAULT_MODEL_DIRECTORY, directories: options.libraryDirectories,
      decodersMax: Math.max(1, Math.floor(options.decodersMax / options.workers)), confidenceMin: options.confidenceMin ?? DEFAULT_CONFIDENCE_MIN,
    }, options.logger, options.respawnMsMin ?? DEFAULT_RESPAWN_MS_MIN);
    try {
      const threads = await Promise.allSettled(Array.from({ length: options.workers }, () => opened.spawn()));
      for (const result of threads) {
        if (result.status === 'fulfilled') opened.slots.push({ thread: result.value, spawnedAtMs: performance.now(), replacing: null });
      }
      for (const result of threads) if (result.status === 'rejected') throw result.reason;
      signal.throwIfAborted();
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** @throws PortError speech-to-text/bad-grammar (names the word or the line), /unsupported-language, /unavailable; the signal's reason when it aborts. */
  async open(options: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    if (!/^en(?:-|$)/iu.test(options.language)) {
      throw new PortError(`the local recogniser speaks English, not ${options.language}`, { code: 'speech-to-text/unsupported-language', kind: 'rejected' });
    }
    const thread = await this.leastLoaded();
    signal.throwIfAborted();
    return this.openOn(thread, options, signal);
  }

  /** Idempotent. Ends every stream. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private openOn(thread: RecogniserThread, { grammar, sampleRateHz }: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    const id = this.nextStream;
    this.nextStream += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        void stream.close();
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const stream = new LocalTranscriptionStream({
        id, sampleRateHz, send: (command) => { thread.send(command); },
        onClosed: () => {
          thread.remove(id);
          signal.removeEventListener('abort', onAbort);
        },
        onDropped: (ms) => { this.logger.warn('recogniser cannot keep up: audio dropped', { droppedMs: Math.round(ms) }); },
      });
      thread.add(id, {
        take: (answer: RecogniserAnswer) => {
          if (answer.type === 'failed') reject(portError(answer.failure));
          stream.take(answer);
          if (answer.type === 'opened') resolve(stream);
        },
        fail: (failure) => {
          reject(portError(failure));
          stream.fail(failure);
        },
      });
      signal.addEventListener('abort', onAbort, { once: true });
      thread.send({ type: 'open', stream: id, grammar: grammar ?? null, sampleRateHz, ring: stream.ring.memory });
    });
  }

  private async leastLoaded(): Promise<RecogniserThread> {
    if (this.closing === null) {
      const now = performance.now();
      await Promise.all(this.slots.filter(({ thread, spawnedAtMs }) => !thread.alive && now - spawnedAtMs >= this.respawnMsMin).map((slot) => this.replace(slot)));
    }
    const [best] = this.slots.map(({ thread }) => thread).filter((thread) => thread.alive).sort((a, b) => a.load - b.load);
    if (best === undefined) throw new PortError('no recogniser thread is running', { code: 'speech-to-text/unavailable', kind: 'unavailable' });
    return best;
  }

  private replace(slot: Slot): Promise<void> {
    slot.replacing ??= this.spawn().then((thread) => { slot.thread = thread; }).finally(() => {
      slot.spawnedAtMs = performance.now();
      slot.replacing = null;
    });
    return slot.replacing;
  }

  private spawn(): Promise<RecogniserThread> {
    return RecogniserThread.open(this.input, (reason) => { this.logger.error('a recogniser thread died', { reason }); });
  }

  private async closeAll(): Promise<void> {
    for (const { replacing } of this.slots) await replacing?.catch(() => undefined); // a thread that never came needs no closing
    await Promise.all(this.slots.map(({ thread }) => thread.close()));
  }
}

function portError({ code, kind, message }: RecogniserFailure): PortError {
  return new PortError(message, { code, kind });
}
