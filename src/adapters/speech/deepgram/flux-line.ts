import type { Cancel } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptionOptions } from '../../../application/ports/speech-to-text.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import type { DeepgramSpeechToTextOptions } from './deepgram-speech-to-text.js';
import { readFlux } from './flux-messages.js';

/** The pieces of audio they recommend. */
const PIECE_MS = 80;
/** Without data the server closes after 10 s; Flux has no KeepAlive, but takes silence. */
const KEEP_ALIVE_MS = 4000;
/** A turn that has not begun cannot be ended: nobody answers then. */
const NO_TURN_PATIENCE_MS = 700;
/** Turns are ended by us. Theirs end as late as can be set; what they end by themselves is a segment. */
const THEIR_TURNS = { eot_threshold: '0.9', eot_timeout_ms: '10000' };

interface Listening {
  readonly ear: UtteranceEar;
  ended: boolean;
  /** Something was told of this utterance: the provider is alive. */
  alive: boolean;
  /** Words were heard that no end of turn has told yet. */
  inTurn: boolean;
}

/** The socket of one stream to Flux. Between utterances it is fed a little silence; lost then, it is opened anew for the next. */
export class FluxLine {
  private socket: SpeechSocket | null = null;
  private readonly listening: Listening[] = [];
  private stopSilence: Cancel = () => undefined;
  private patience: Cancel | null = null;

  constructor(private readonly options: DeepgramSpeechToTextOptions, private readonly transcription: TranscriptionOptions) {}

  begin(ear: UtteranceEar): Utterance {
    this.stopSilence();
    const socket = this.connect();
    const one: Listening = { ear, ended: false, alive: false, inTurn: false };
    this.listening.push(one);
    return {
      write: (samples) => { socket.send(pcm16le(samples)); },
      end: () => {
        one.ended = true;
        socket.sendJson({ type: 'ForceEndTurn' });
        this.feedSilence();
        this.awaitEnd(one);
      },
      abort: () => { this.listening.splice(0); }, // only when the whole stream ends
    };
  }

  close(): void {
    this.listening.splice(0);
    this.rest();
    this.socket?.close({ type: 'CloseStream' });
    this.socket = null;
  }

  private rest(): void {
    this.stopSilence();
    this.stopPatience();
  }

  /** Its clock is the audio: without any it decides nothing. As it comes while an end is awaited, now and then when not. */
  private feedSilence(): void {
    this.stopSilence();
    this.stopSilence = this.options.clock.after(this.listening.length > 0 ? PIECE_MS : KEEP_ALIVE_MS, () => {
      if (this.socket?.open === true) this.socket.send(pcm16le(new Int16Array((PIECE_MS * this.transcription.sampleRateHz) / 1000)));
      this.feedSilence();
    });
  }

  /** Silence is told of too, so time counts from the first that is known of an utterance without an open turn. */
  private awaitEnd(one: Listening): void {
    if (one.inTurn) this.stopPatience();
    else if (one.ended && one.alive) this.patience ??= this.options.clock.after(NO_TURN_PATIENCE_MS, () => { this.finish(one); });
  }

  private stopPatience(): void {
    this.patience?.();
    this.patience = null;
  }

  private finish(one: Listening): void {
    this.stopPatience();
    this.listening.splice(this.listening.indexOf(one), 1);
    if (this.listening.length === 0) this.feedSilence();
    one.ear.done();
  }

  private connect(): SpeechSocket {
    if (this.socket !== null) return this.socket;
    const { url, apiKey, model, connectTimeoutMs } = this.options;
    const address = new URL('/v2/listen', url);
    const query = { model, encoding: 'linear16', sample_rate: String(this.transcription.sampleRateHz), ...THEIR_TURNS };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    for (const phrase of this.transcription.phrases ?? []) address.searchParams.append('keyterm', phrase);
    const socket: SpeechSocket = new SpeechSocket({
      port: 'speech-to-text', url: address.href, headers: { authorization: `Token ${apiKey}` }, connectTimeoutMs,
      onText: (text) => { this.read(socket, text); },
      onLost: (error) => { this.lost(error); },
    });
    this.socket = socket;
    return socket;
  }

  private lost(error: PortError): void {
    this.socket = null;
    this.rest();
    for (const { ear } of this.listening.splice(0)) ear.failed(error);
  }

  private read(socket: SpeechSocket, text: string): void {
    const message = readFlux(text);
    if (message === null) { socket.fail('deepgram sent something that is no message of /v2/listen'); return; }
    if (message.type === 'error') { socket.refuse(new PortError(`deepgram: ${message.description}`, { code: 'speech-to-text/unavailable', kind: 'unavailable' })); return; }
    const [oldest] = this.listening;
    if (message.type !== 'turn' || oldest === undefined) return;
    oldest.alive = true;
    oldest.inTurn = !message.isOver && message.transcript !== '';
    if (message.isOver) oldest.ear.segment(message.transcript, null);
    else oldest.ear.partial(message.transcript);
    if (message.isOver && oldest.ended) this.finish(oldest);
    else this.awaitEnd(oldest);
  }
}
