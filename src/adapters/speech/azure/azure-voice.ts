import type { Connection, SpeechSynthesizer } from 'microsoft-cognitiveservices-speech-sdk';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest } from '../../../application/ports/text-to-speech.js';
import type { ChunkQueue } from '../wire/chunk-queue.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { connectionCutter } from './azure-connection-cutter.js';
import { azureFailure, azureGarbage, azureGone } from './azure-failure.js';
import { type AzureAccount, type AzureSdk, isReadable, speechConfig } from './azure-sdk.js';

const PORT = 'text-to-speech';
/** The SDK's times are in units of 100 ns. */
const TICKS_PER_MS = 10_000;

type Word = NonNullable<SpeechChunk['words']>[number];

interface Speaking {
  readonly chunks: ChunkQueue;
  readonly pcm: PcmAssembler;
  /** Told before the audio they begin in. */
  words: Word[];
  samples: number;
}

/** A synthesiser of the SDK with its connection: one voice, one synthesis at a time. */
export class AzureVoice {
  private readonly synthesizer: SpeechSynthesizer;
  private readonly connection: Connection;
  private readonly cutConnection: () => void;
  private speaking: Speaking | null = null;
  private over = false;

  constructor(private readonly sdk: AzureSdk, account: AzureAccount, private readonly wish: Omit<SynthesisRequest, 'text'>, private readonly onGone: () => void) {
    const config = speechConfig(sdk, account);
    config.speechSynthesisVoiceName = wish.voice;
    config.speechSynthesisLanguage = wish.language;
    config.speechSynthesisOutputFormat = wish.sampleRateHz === 8000 ? sdk.SpeechSynthesisOutputFormat.Raw8Khz16BitMonoPcm : sdk.SpeechSynthesisOutputFormat.Raw16Khz16BitMonoPcm;
    this.synthesizer = new sdk.SpeechSynthesizer(config, null);
    this.cutConnection = connectionCutter(this.synthesizer.internalData);
    this.connection = sdk.Connection.fromSynthesizer(this.synthesizer);
    this.listen();
  }

  speak(text: string, chunks: ChunkQueue, onComplete: () => void): void {
    this.speaking = { chunks, pcm: new PcmAssembler('pcm16le'), words: [], samples: 0 };
    this.synthesizer.speakTextAsync(text, (result) => {
      if (result.reason === this.sdk.ResultReason.SynthesizingAudioCompleted) this.complete(onComplete);
      else this.fail(azureFailure(PORT, 'unknown', result.errorDetails));
    }, (error) => { this.fail(azureFailure(PORT, 'RuntimeError', error)); });
  }

  /** Whatever it was doing. Idempotent. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.speaking = null;
    this.synthesizer.close(() => undefined, () => undefined);
    this.cutConnection();
    this.onGone();
  }

  private listen(): void {
    this.synthesizer.synthesizing = (_, { result }) => { this.hear(new Uint8Array(result.audioData)); };
    this.synthesizer.wordBoundary = (_, { audioOffset, duration, text, boundaryType }) => {
      if (boundaryType !== this.sdk.SpeechSynthesisBoundaryType.Word) return;
      this.speaking?.words.push({ text, startMs: audioOffset / TICKS_PER_MS, endMs: (audioOffset + duration) / TICKS_PER_MS });
    };
    this.connection.messageReceived = (event) => { if (!isReadable(event)) this.fail(azureGarbage(PORT)); };
    // Why it was closed is told a little later, if at all: a polite closing in the middle is none to the SDK.
    this.connection.disconnected = () => { setImmediate(() => { this.fail(azureGone(PORT)); }); };
  }

  private hear(bytes: Uint8Array): void {
    const { speaking } = this;
    if (speaking === null) return;
    const samples = speaking.pcm.take(bytes);
    speaking.samples += samples.length;
    const untilMs = (speaking.samples * 1000) / this.wish.sampleRateHz;
    const words = speaking.words.filter(({ startMs }) => startMs < untilMs);
    speaking.words = speaking.words.filter(({ startMs }) => startMs >= untilMs);
    speaking.chunks.push(words.length === 0 ? { samples } : { samples, words });
  }

  private complete(onComplete: () => void): void {
    const { speaking } = this;
    if (speaking === null) return;
    this.speaking = null;
    if (speaking.samples === 0) speaking.chunks.fail(new PortError('azure gave no audio', { code: `${PORT}/no-audio`, kind: 'protocol' }));
    else speaking.chunks.end();
    onComplete();
  }

  private fail(error: PortError): void {
    const { speaking } = this;
    this.close();
    speaking?.chunks.fail(error);
  }
}
