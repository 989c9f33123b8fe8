import type { Readable } from 'node:stream';
import type { TranscriptResultStream } from '@aws-sdk/client-transcribe-streaming';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import { type AwsAccount, clientConfig } from './aws-account.js';
import { languageCode } from './transcribe-languages.js';
import { type Transcribe, TranscribeUtterance } from './transcribe-utterance.js';
import { assertWhole } from './whole-answer.js';

export interface AwsSpeechToTextOptions extends AwsAccount {
  /** Vocabulary made at AWS beforehand; empty: none. */
  readonly vocabulary: string;
}

type Ask = (transcription: TranscriptionOptions) => Transcribe;

/**
 * Amazon Transcribe by its SDK: one HTTP/2 event stream for an utterance; nothing is open between utterances. Phrases cannot be sent
 * along, only the name of a vocabulary. Partial results are not stabilised: that costs the final ones some accuracy.
 */
export class AwsSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured: we end the audio, which brings the final earlier than the 1900 ms that Pipecat publishes; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 900, sampleRatesHz: [8000, 16000], grammars: false };
  private loading: Promise<Ask> | null = null;

  constructor(private readonly options: AwsSpeechToTextOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    languageCode(transcription.language);
    this.loading ??= load(this.options);
    const transcribe = (await this.loading)(transcription);
    signal.throwIfAborted();
    return new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => new TranscribeUtterance(transcribe, ear), close: () => Promise.resolve(), signal,
    });
  }
}

async function load(options: AwsSpeechToTextOptions): Promise<Ask> {
  const { StartStreamTranscriptionCommand, TranscribeStreamingClient } = await import('@aws-sdk/client-transcribe-streaming');
  const client = new TranscribeStreamingClient(clientConfig(options, 'transcribestreaming'));
  const vocabulary = options.vocabulary === '' ? {} : { VocabularyName: options.vocabulary };
  return ({ language, sampleRateHz }) => async (audio, signal) => {
    const command = new StartStreamTranscriptionCommand({
      LanguageCode: languageCode(language), MediaEncoding: 'pcm', MediaSampleRateHertz: sampleRateHz, ...vocabulary, AudioStream: asEvents(audio),
    });
    let answer: Readable | undefined;
    command.middlewareStack.add((next) => async (args) => {
      const result = await next(args);
      answer = (result.response as { readonly body?: Readable }).body;
      return result;
    }, { step: 'deserialize', name: 'keepAnswer' });
    const { TranscriptResultStream: results } = await client.send(command, { abortSignal: signal });
    return wholeOf(results ?? [], () => answer);
  };
}

async function* wholeOf(results: AsyncIterable<TranscriptResultStream> | readonly TranscriptResultStream[], answer: () => Readable | undefined) {
  yield* results;
  assertWhole('speech-to-text', answer());
}

async function* asEvents(audio: AsyncIterable<Uint8Array>) {
  for await (const bytes of audio) yield { AudioEvent: { AudioChunk: bytes } };
}
