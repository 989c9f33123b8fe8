import type { v1 } from '@google-cloud/speech';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { assertLanguage } from '../wire/languages.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import { ClientPool } from './client-pool.js';
import { clientOptions, type GoogleAccount } from './google-account.js';
import { googleFailure } from './google-errors.js';
import { GoogleUtterance } from './google-utterance.js';
import { RecognitionLeg } from './recognition-leg.js';
import { StreamCut } from './stream-cut.js';

/** Primary languages of cloud.google.com/speech-to-text/docs/speech-to-text-supported-languages (v1). */
const LANGUAGES = [
  'af', 'am', 'ar', 'az', 'bg', 'bn', 'bs', 'ca', 'cmn', 'cs', 'da', 'de', 'el', 'en', 'es', 'et', 'eu', 'fa', 'fi', 'fil', 'fr', 'gl', 'gu', 'he', 'hi', 'hr', 'hu', 'hy',
  'id', 'is', 'it', 'iw', 'ja', 'jv', 'ka', 'kk', 'km', 'kn', 'ko', 'lo', 'lt', 'lv', 'mk', 'ml', 'mn', 'mr', 'ms', 'my', 'ne', 'nl', 'no', 'pa', 'pl', 'pt', 'ro', 'ru', 'rw',
  'si', 'sk', 'sl', 'sq', 'sr', 'st', 'su', 'sv', 'sw', 'ta', 'te', 'th', 'tr', 'uk', 'ur', 'uz', 'vi', 'xh', 'yue', 'zh', 'zu',
];

export interface GoogleSpeechToTextOptions extends GoogleAccount {
  readonly model: string;
  /** Most audio in one stream; Google breaks it after 305 s. */
  readonly streamLimitMs: number;
}

/** Google Speech-to-Text v1 by its SDK: one gRPC stream for an utterance, closed on our side at its end; nothing is open between utterances. */
export class GoogleSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured: we close the stream, which brings the final earlier than the 1570 ms that Pipecat publishes; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 700, sampleRatesHz: [8000, 16000], grammars: false };
  private readonly clients: ClientPool<v1.SpeechClient>;

  constructor(private readonly options: GoogleSpeechToTextOptions) {
    this.clients = new ClientPool(async () => {
      const { v1: { SpeechClient } } = await import('@google-cloud/speech');
      return new SpeechClient(await clientOptions(options, 'speech-to-text'));
    });
  }

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'google');
    const { client, release } = await this.clients.lease().catch((error: unknown) => { throw googleFailure('speech-to-text', error); });
    if (signal.aborted) release();
    signal.throwIfAborted();
    const { model, streamLimitMs } = this.options;
    return new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz,
      begin: (ear) => new GoogleUtterance({
        ear, cut: new StreamCut(transcription.sampleRateHz, streamLimitMs), open: (listener) => new RecognitionLeg(client, { ...transcription, model }, listener),
      }),
      close: () => { release(); return Promise.resolve(); },
      signal,
    });
  }
}
