import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { assertLanguage } from '../wire/languages.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import { LANGUAGES } from './openai-languages.js';
import { OpenAiRealtimeLine, type OpenAiRealtimeOptions } from './openai-realtime-line.js';

/** OpenAI's realtime transcription: one socket for a stream; what was committed is transcribed, its beginning told while the rest is worked on. */
export class OpenAiRealtimeSpeechToText implements SpeechToText {
  /**
   * Their partials begin after the end of an utterance: while the caller speaks there are none. `finalLatencyP99Ms` is an assumption, not
   * measured; the account's `finalLatencyMs` replaces it.
   */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: false, endpointing: false, finalLatencyP99Ms: 1200, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly options: OpenAiRealtimeOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'openai');
    const line = new OpenAiRealtimeLine(this.options, transcription);
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => line.begin(ear), close: () => { line.close(); return Promise.resolve(); }, signal,
    }));
  }
}
