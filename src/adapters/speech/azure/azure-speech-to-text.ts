import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { assertLanguage } from '../wire/languages.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import { type AzureAccount, checkAccount, loadAzureSdk } from './azure-sdk.js';
import { AzureUtterance } from './azure-utterance.js';

const LANGUAGES = [
  'af', 'am', 'ar', 'az', 'bg', 'bn', 'bs', 'ca', 'cs', 'cy', 'da', 'de', 'el', 'en', 'es', 'et', 'eu', 'fa', 'fi', 'fil', 'fr', 'ga', 'gl', 'gu', 'he', 'hi', 'hr', 'hu', 'hy', 'id', 'is',
  'it', 'ja', 'ka', 'kk', 'km', 'kn', 'ko', 'lo', 'lt', 'lv', 'mk', 'ml', 'mn', 'mr', 'ms', 'mt', 'my', 'nb', 'ne', 'nl', 'pa', 'pl', 'ps', 'pt', 'ro', 'ru', 'si', 'sk', 'sl', 'so', 'sq', 'sr',
  'sv', 'sw', 'ta', 'te', 'th', 'tr', 'uk', 'ur', 'uz', 'vi', 'zh', 'zu',
];

/** Azure's recogniser through Microsoft's SDK: one connection for each utterance, made while the caller speaks. */
export class AzureSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured: we close the audio, which brings the final earlier than the 1800 ms that Pipecat publishes; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 600, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly account: AzureAccount) {
    checkAccount(account);
  }

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'azure');
    const sdk = await loadAzureSdk();
    signal.throwIfAborted();
    const options = { ...transcription, language: withRegion(transcription.language) };
    return new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, signal, close: () => Promise.resolve(),
      begin: (ear) => new AzureUtterance(sdk, { account: this.account, transcription: options, ear }),
    });
  }
}

/** They know no language without its region. */
function withRegion(language: string): string {
  const { language: primary, region } = new Intl.Locale(language).maximize();
  return language.includes('-') ? language : `${primary}-${region ?? primary.toUpperCase()}`;
}
