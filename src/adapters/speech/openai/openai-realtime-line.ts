import type { Clock } from '../../../application/ports/clock.js';
import type { PortError } from '../../../application/ports/port-error.js';
import type { TranscriptionOptions } from '../../../application/ports/speech-to-text.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import { isObject, readJsonObject } from '../wire/json-message.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import { openAiFailure } from './openai-failure.js';
import { RealtimeAudio } from './realtime-audio.js';

/** A commit of less than 100 ms is refused: silence fills it up. */
const COMMIT_AUDIO_MS_MIN = 120;
/** Sessions end after 60 minutes: the next utterance begins on a fresh one well before. */
const SESSION_MS_MAX = 30 * 60_000;

export interface OpenAiRealtimeOptions {
  readonly apiKey: string;
  /** Base URL with its version, https://api.openai.com/v1. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly resampler: (fromHz: number, toHz: number) => Resampler;
}

interface Listening {
  readonly ear: UtteranceEar;
  writtenMs: number;
  ended: boolean;
  /** Known from the answer to its commit on. */
  itemId: string | null;
  said: string;
}

/** The socket of one stream, and the utterances that wait for their transcripts. Lost between utterances it is opened anew for the next. */
export class OpenAiRealtimeLine {
  private socket: SpeechSocket | null = null;
  private openedAtMs = 0;
  private readonly audio: RealtimeAudio;
  private readonly listening: Listening[] = [];

  constructor(private readonly options: OpenAiRealtimeOptions, private readonly transcription: TranscriptionOptions) {
    this.audio = new RealtimeAudio(transcription.sampleRateHz, options.resampler);
  }

  begin(ear: UtteranceEar): Utterance {
    const socket = this.connect();
    const one: Listening = { ear, writtenMs: 0, ended: false, itemId: null, said: '' };
    this.listening.push(one);
    return {
      write: (samples) => {
        one.writtenMs += (samples.length * 1000) / this.transcription.sampleRateHz;
        socket.sendJson({ type: 'input_audio_buffer.append', audio: this.audio.encode(samples) });
      },
      end: () => {
        one.ended = true;
        socket.sendJson({ type: 'input_audio_buffer.append', audio: this.audio.end(COMMIT_AUDIO_MS_MIN - one.writtenMs) });
        socket.sendJson({ type: 'input_audio_buffer.commit' });
      },
      abort: () => { this.listening.splice(0); }, // only when the whole stream ends
    };
  }

  close(): void {
    this.listening.splice(0);
    this.socket?.close();
    this.socket = null;
    this.audio.close();
  }

  private connect(): SpeechSocket {
    const nowMs = this.options.clock.nowMs();
    if (this.socket !== null && this.listening.length === 0 && nowMs - this.openedAtMs > SESSION_MS_MAX) {
      this.socket.close();
      this.socket = null;
    }
    if (this.socket !== null) return this.socket;
    const { url, apiKey, connectTimeoutMs } = this.options;
    const address = new URL(`${url.replace(/\/+$/u, '').replace(/^http/u, 'ws')}/realtime`);
    address.searchParams.set('intent', 'transcription');
    const socket: SpeechSocket = new SpeechSocket({
      port: 'speech-to-text', url: address.href, headers: { authorization: `Bearer ${apiKey}` }, connectTimeoutMs,
      onText: (text) => { this.read(socket, text); },
      onLost: (error) => { this.lost(error); },
    });
    this.socket = socket;
    this.openedAtMs = nowMs;
    socket.sendJson({ type: 'session.update', session: this.session() });
    return socket;
  }

  private session(): object {
    const { language, phrases = [] } = this.transcription;
    const transcription = { model: this.options.model, language: language.split('-')[0], ...(phrases.length === 0 ? {} : { prompt: phrases.join(', ') }) };
    return { type: 'transcription', audio: { input: { format: this.audio.format, transcription, turn_detection: null } } };
  }

  private lost(error: PortError): void {
    this.socket = null;
    for (const { ear } of this.listening.splice(0)) ear.failed(error);
  }

  private read(socket: SpeechSocket, text: string): void {
    const message = readJsonObject(text);
    const type = message?.['type'];
    if (message === null || typeof type !== 'string') { socket.fail('openai sent something that is no event of the realtime interface'); return; }
    if (type === 'error') { this.readError(socket, message['error']); return; }
    if (type === 'input_audio_buffer.committed') {
      const next = this.listening.find(({ ended, itemId }) => ended && itemId === null);
      if (next !== undefined && typeof message['item_id'] === 'string') next.itemId = message['item_id'];
      return;
    }
    const one = this.listening.find(({ itemId }) => itemId !== null && itemId === message['item_id']);
    if (one !== undefined) this.readTranscription(socket, one, message);
  }

  private readTranscription(socket: SpeechSocket, one: Listening, { type, delta, transcript, error }: Readonly<Record<string, unknown>>): void {
    if (type === 'conversation.item.input_audio_transcription.failed') {
      const failure = openAiFailure('speech-to-text', error);
      if (failure === null) socket.fail('openai did not say why it failed');
      else socket.refuse(failure);
    } else if (type === 'conversation.item.input_audio_transcription.delta' && typeof delta === 'string') {
      one.said += delta;
      one.ear.partial(one.said.trim());
    } else if (type === 'conversation.item.input_audio_transcription.completed' && typeof transcript === 'string') {
      this.finish(one, transcript);
    }
  }

  private readError(socket: SpeechSocket, error: unknown): void {
    const code = isObject(error) ? error['code'] : null;
    const unanswered = this.listening.find(({ ended, itemId }) => ended && itemId === null);
    if (code === 'input_audio_buffer_commit_empty' && unanswered !== undefined) { this.finish(unanswered, ''); return; }
    const failure = openAiFailure('speech-to-text', error);
    if (failure === null) socket.fail('openai did not say what went wrong');
    else socket.refuse(failure);
  }

  private finish(one: Listening, transcript: string): void {
    this.listening.splice(this.listening.indexOf(one), 1);
    one.ear.segment(transcript, null);
    one.ear.done();
  }
}
