import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { assertLanguage } from '../wire/languages.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import type { DeepgramSpeechToTextOptions } from './deepgram-speech-to-text.js';
import { FluxLine } from './flux-line.js';

const LANGUAGES = ['en'];
/** Of flux-general-multi. */
const MULTI_LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl'];

/** Deepgram's Flux: it knows turns. When the caller has stopped we end the turn, and its transcript is the final. */
export class FluxSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, a little more than nova's, not measured; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 400, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly options: DeepgramSpeechToTextOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, this.options.model.endsWith('-multi') ? MULTI_LANGUAGES : LANGUAGES, this.options.model);
    const line = new FluxLine(this.options, transcription);
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => line.begin(ear), close: () => { line.close(); return Promise.resolve(); }, signal,
    }));
  }
}
