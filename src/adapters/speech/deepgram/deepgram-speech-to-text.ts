import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import { assertLanguage } from '../wire/languages.js';
import { type Utterance, type UtteranceEar, UtteranceStream } from '../wire/utterance-stream.js';
import { readDeepgram } from './deepgram-messages.js';

/** Without audio the server closes after 10 s (NET-0001); it asks for a sign of life every 3 to 5 s. */
const KEEP_ALIVE_MS = 4000;
/** A Finalize with next to no audio behind it is not always answered (their documentation): then what came before is all. */
const FINALIZE_PATIENCE_MS = 700;
/** Languages of the nova-3 family. */
const LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl', 'sv', 'da', 'no', 'pl', 'tr', 'uk', 'cs', 'fi', 'el', 'hu', 'ro', 'bg', 'ca', 'et', 'id', 'ko', 'lt', 'lv', 'ms', 'sk', 'vi'];

export interface DeepgramSpeechToTextOptions {
  readonly apiKey: string;
  /** Base URL, wss://api.deepgram.com. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** Deepgram's live transcription (nova): one socket for a stream, kept alive between utterances; Finalize ends an utterance. */
export class DeepgramSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is what Pipecat publishes, not measured by us; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 350, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly options: DeepgramSpeechToTextOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'deepgram');
    const line = new DeepgramLine(this.options, transcription);
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => line.begin(ear), close: () => { line.close(); return Promise.resolve(); }, signal,
    }));
  }
}

/** The socket of one stream, and the utterance that its messages belong to. Lost between utterances it is opened anew for the next. */
class DeepgramLine {
  private socket: SpeechSocket | null = null;
  private stopKeepAlive: Cancel = () => undefined;
  private patience: Cancel = () => undefined;
  private ear: UtteranceEar | null = null;
  /** Something was said of this utterance: the provider is alive. */
  private alive = false;
  /** Words were guessed that no final has told yet: they are worth waiting for. */
  private guessed = false;
  private ended = false;

  constructor(private readonly options: DeepgramSpeechToTextOptions, private readonly transcription: TranscriptionOptions) {}

  begin(ear: UtteranceEar): Utterance {
    this.finish(); // one that still waits for its end gets it now: the socket knows one utterance at a time
    this.ear = ear;
    this.alive = false;
    this.guessed = false;
    this.ended = false;
    const socket = this.connect();
    const mine = (): boolean => this.ear === ear;
    return {
      write: (samples) => { if (mine()) socket.send(pcm16le(samples)); },
      end: () => { if (mine()) this.endUtterance(socket); },
      abort: () => { if (mine()) this.ear = null; },
    };
  }

  close(): void {
    this.ear = null;
    this.patience();
    this.stopKeepAlive();
    this.socket?.close({ type: 'CloseStream' });
    this.socket = null;
  }

  private endUtterance(socket: SpeechSocket): void {
    this.ended = true;
    socket.sendJson({ type: 'Finalize' });
    if (this.alive) this.awaitFinal();
  }

  private awaitFinal(): void {
    this.patience();
    if (!this.guessed) this.patience = this.options.clock.after(FINALIZE_PATIENCE_MS, () => { this.finish(); });
  }

  private finish(): void {
    this.patience();
    const { ear } = this;
    this.ear = null;
    ear?.done();
  }

  private connect(): SpeechSocket {
    if (this.socket !== null) return this.socket;
    const { url, apiKey, model, connectTimeoutMs } = this.options;
    const { language, sampleRateHz, phrases } = this.transcription;
    const address = new URL('/v1/listen', url);
    const query = { model, language, encoding: 'linear16', sample_rate: String(sampleRateHz), channels: '1', interim_results: 'true', endpointing: 'false', smart_format: 'false' };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    for (const phrase of phrases ?? []) address.searchParams.append('keyterm', phrase);
    const socket: SpeechSocket = new SpeechSocket({
      port: 'speech-to-text', url: address.href, headers: { authorization: `Token ${apiKey}` }, connectTimeoutMs,
      onText: (text) => { this.read(socket, text); },
      onLost: (error) => { this.lost(error); },
    });
    this.socket = socket;
    this.keepAlive();
    return socket;
  }

  private keepAlive(): void {
    this.stopKeepAlive = this.options.clock.after(KEEP_ALIVE_MS, () => {
      if (this.socket?.open === true) this.socket.sendJson({ type: 'KeepAlive' });
      this.keepAlive();
    });
  }

  private lost(error: PortError): void {
    this.socket = null;
    this.stopKeepAlive();
    this.patience();
    const { ear } = this;
    this.ear = null;
    ear?.failed(error);
  }

  private read(socket: SpeechSocket, text: string): void {
    const message = readDeepgram(text);
    if (message === null) { socket.fail('deepgram sent something that is no message of /v1/listen'); return; }
    if (message.type === 'Error') { socket.refuse(new PortError(`deepgram: ${message.description}`, { code: 'speech-to-text/unavailable', kind: 'unavailable' })); return; }
    const { ear } = this;
    if (message.type !== 'Results' || ear === null) return;
    this.alive = true;
    this.guessed = !message.isFinal && message.transcript !== '';
    if (message.isFinal) ear.segment(message.transcript, message.confidence);
    else ear.partial(message.transcript);
    if (message.fromFinalize && this.ended) this.finish();
    else if (this.ended) this.awaitFinal();
  }
}
