import type { Worker } from 'node:worker_threads';
import { LocalSpeechToText } from '../../../../src/adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../../../../src/adapters/speech/local/local-text-to-speech.js';
import type { SpokenSentence } from '../../../contract/speech-to-text.contract.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { telephoneAudio } from '../telephone-audio.js';

type Fields = Readonly<Record<string, unknown>>;

const signal = new AbortController().signal;

/** What its recognisers listen for. */
export const WORKSHOP_OPTIONS = {
  language: 'en-US', sampleRateHz: 8000, grammar: '#JSGF V1.0; grammar g; public <line> = stop | where is my card;',
} as const;

/** Makes recognisers whose threads can be killed, and has a voice to speak to them. */
export class RecogniserWorkshop {
  /** Audio that recognisers dropped. */
  droppedMs = 0;
  /** Told to the log. */
  deaths = 0;
  private readonly workers: Worker[] = [];

  private constructor(private readonly synthesiser: LocalTextToSpeech) {
    process.on('worker', this.watch);
  }

  static async open(): Promise<RecogniserWorkshop> {
    return new RecogniserWorkshop(await LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, signal));
  }

  async recogniser(workers: number, respawnMsMin: number): Promise<LocalSpeechToText> {
    const logger = {
      ...silentLogger,
      warn: (_message: string, fields: Fields = {}) => { this.droppedMs += Number(fields['droppedMs'] ?? 0); },
      error: () => { this.deaths += 1; },
    };
    this.workers.length = 0;
    return LocalSpeechToText.open({ workers, decodersMax: 4, modelDirectory: null, libraryDirectories: [], logger, respawnMsMin }, signal);
  }

  say(text: string): Promise<Int16Array> {
    return telephoneAudio(this.synthesiser, text, 'rms');
  }

  async sentences(): Promise<readonly [SpokenSentence, SpokenSentence]> {
    const [short, long] = ['stop', 'where is my card'];
    return [{ text: short, samples: await this.say(short) }, { text: long, samples: await this.say(long) }];
  }

  /** As when the library crashes: threads, the oldest first, are gone from one moment to the other. */
  async kill(count = Infinity): Promise<void> {
    await Promise.all(this.workers.splice(0, count).map((worker) => worker.terminate()));
  }

  async close(): Promise<void> {
    process.off('worker', this.watch);
    await this.synthesiser.close();
  }

  private readonly watch = (worker: Worker): void => { this.workers.push(worker); };
}
