import type { AudioStreamFormat, Connection, PushAudioInputStream, SpeechConfig, SpeechRecognizer } from 'microsoft-cognitiveservices-speech-sdk';
import type { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptionOptions } from '../../../application/ports/speech-to-text.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import { connectionCutter } from './azure-connection-cutter.js';
import { azureFailure, azureGarbage, azureGone } from './azure-failure.js';
import { type AzureAccount, type AzureSdk, isReadable, speechConfig } from './azure-sdk.js';

const PORT = 'speech-to-text';
/** Each frame as it comes: what the SDK does by itself, 100 ms at a time, costs every partial 43 ms (bench providers, half of the wait). */
const PIECE_MS = 20;
const SDK_PIECE_MS = 100;

export interface AzureUtteranceOptions {
  readonly account: AzureAccount;
  readonly transcription: TranscriptionOptions;
  readonly ear: UtteranceEar;
}

/**
 * One continuous recognition, from the onset of a voice to the end of its audio: phrases are segments of the one final, and the
 * provider's end of turn after the end of audio makes it complete. The SDK sends the first 5 s of audio as they come, then at most at twice
 * the pace of speech. That limit is left as it is: when a connection is being closed the SDK sends all it has again and again, without
 * letting anything else run, until the limit is reached (1.52: 145 ms with a limit of 60 s).
 */
export class AzureUtterance implements Utterance {
  private readonly audio: PushAudioInputStream;
  private readonly recognizer: SpeechRecognizer;
  private readonly connection: Connection;
  private readonly cutConnection: () => void;
  private over = false;

  constructor(private readonly sdk: AzureSdk, private readonly options: AzureUtteranceOptions) {
    const { transcription } = options;
    this.audio = audioSentIn(sdk, PIECE_MS, transcription.sampleRateHz);
    this.recognizer = new sdk.SpeechRecognizer(this.config(), sdk.AudioConfig.fromStreamInput(this.audio));
    this.cutConnection = connectionCutter(this.recognizer.internalData);
    this.connection = sdk.Connection.fromRecognizer(this.recognizer);
    const hints = sdk.PhraseListGrammar.fromRecognizer(this.recognizer);
    for (const phrase of transcription.phrases ?? []) hints.addPhrase(phrase);
    this.listen();
    this.recognizer.startContinuousRecognitionAsync(undefined, (error) => { this.fail(azureFailure(PORT, 'RuntimeError', error)); });
  }

  write(samples: Int16Array): void {
    if (!this.over) this.audio.write(samples.slice().buffer);
  }

  end(): void {
    if (!this.over) this.audio.close();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.audio.close();
    // Asking it to stop would wait for the provider's last word; cutting the connection does not.
    const close = (): void => { this.recognizer.close(() => undefined, () => undefined); };
    this.connection.closeConnection(close, close);
    this.cutConnection();
  }

  private config(): SpeechConfig {
    const config = speechConfig(this.sdk, this.options.account);
    config.speechRecognitionLanguage = this.options.transcription.language;
    config.outputFormat = this.sdk.OutputFormat.Detailed;
    config.setProperty('SPEECH-Error-MaxRetryCount', '0'); // going on elsewhere is decided by the chain, and at once
    return config;
  }

  private listen(): void {
    const { sdk, recognizer, connection, options: { ear } } = this;
    recognizer.recognizing = (_, { result }) => { if (!this.over) ear.partial(result.text); };
    recognizer.recognized = (_, { result }) => {
      if (!this.over && result.reason === sdk.ResultReason.RecognizedSpeech) ear.segment(result.text, confidenceOf(result.json));
    };
    recognizer.canceled = (_, { reason, errorCode, errorDetails }) => {
      if (reason === sdk.CancellationReason.EndOfStream) this.finish();
      else this.fail(azureFailure(PORT, sdk.CancellationErrorCode[errorCode], errorDetails));
    };
    recognizer.sessionStopped = () => { this.finish(); };
    connection.messageReceived = (event) => { if (!isReadable(event)) this.fail(azureGarbage(PORT)); };
    // Why it was closed is told a little later, if at all: the SDK takes some closings for the end of all work.
    connection.disconnected = () => { setImmediate(() => { this.fail(azureGone(PORT)); }); };
  }

  private finish(): void {
    if (this.over) return;
    this.abort();
    this.options.ear.done();
  }

  private fail(error: PortError): void {
    if (this.over) return;
    this.abort();
    this.options.ear.failed(error);
  }
}

/**
 * The SDK (1.52) keeps audio back until it has a tenth of what its format says of a second, and asks only when the stream is made: with the
 * second shortened meanwhile the pieces are shorter, and all else that looks at the format sees it as it is.
 */
function audioSentIn(sdk: AzureSdk, pieceMs: number, sampleRateHz: number): PushAudioInputStream {
  const format = sdk.AudioStreamFormat.getWaveFormatPCM(sampleRateHz, 16, 1) as AudioStreamFormat & { avgBytesPerSec: number };
  const { avgBytesPerSec } = format;
  format.avgBytesPerSec = (avgBytesPerSec * pieceMs) / SDK_PIECE_MS;
  const audio = sdk.AudioInputStream.createPushStream(format);
  format.avgBytesPerSec = avgBytesPerSec;
  return audio;
}

/** Of the best of the alternatives. */
function confidenceOf(json: string): number | null {
  const { NBest: alternatives } = JSON.parse(json) as { readonly NBest?: readonly { readonly Confidence?: number }[] };
  return alternatives?.[0]?.Confidence ?? null;
}
