import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import type { PortError } from '../../../application/ports/port-error.js';
import { readJsonObject } from '../wire/json-message.js';
import { assertLanguage } from '../wire/languages.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import { type Utterance, type UtteranceEar, UtteranceStream } from '../wire/utterance-stream.js';
import { elevenLabsFailure, ERROR_TYPES } from './elevenlabs-failure.js';

/** A commit with less audio behind it is refused (commit_throttled below 300 ms): silence fills it up. */
const COMMIT_AUDIO_MS_MIN = 400;
/** Languages of scribe that their documentation calls excellent. */
const LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl', 'sv', 'da', 'no', 'pl', 'tr', 'uk', 'cs', 'fi', 'el', 'hu', 'ro', 'bg', 'ca', 'et', 'id', 'lv', 'mk', 'ms', 'sk', 'vi', 'bs', 'gl', 'kn', 'ml'];

export interface ElevenLabsSpeechToTextOptions {
  readonly apiKey: string;
  /** Base URL, wss://api.elevenlabs.io. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
}

/** ElevenLabs' realtime transcription: one socket for a stream; a commit ends an utterance. */
export class ElevenLabsSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured by us (Pipecat publishes 410 ms); the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 500, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly options: ElevenLabsSpeechToTextOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'elevenlabs');
    const line = new ElevenLabsLine(this.options, transcription);
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => line.begin(ear), close: () => { line.close(); return Promise.resolve(); }, signal,
    }));
  }
}

interface Listening { readonly ear: UtteranceEar; samples: number; ended: boolean }

/** The socket of one stream. Commits are answered in their order. Lost between utterances it is opened anew for the next. */
class ElevenLabsLine {
  private socket: SpeechSocket | null = null;
  /** Utterances that were not answered, oldest first. */
  private readonly listening: Listening[] = [];

  constructor(private readonly options: ElevenLabsSpeechToTextOptions, private readonly transcription: TranscriptionOptions) {}

  begin(ear: UtteranceEar): Utterance {
    const one: Listening = { ear, samples: 0, ended: false };
    this.listening.push(one);
    const socket = this.connect();
    return {
      write: (samples) => {
        one.samples += samples.length;
        this.send(socket, samples, false);
      },
      end: () => {
        one.ended = true;
        const missing = Math.max(0, (COMMIT_AUDIO_MS_MIN * this.transcription.sampleRateHz) / 1000 - one.samples);
        this.send(socket, new Int16Array(missing), true);
      },
      abort: () => { this.listening.splice(0); }, // only when the whole stream ends
    };
  }

  close(): void {
    this.listening.splice(0);
    this.socket?.close();
    this.socket = null;
  }

  private send(socket: SpeechSocket, samples: Int16Array, commit: boolean): void {
    const audio = Buffer.from(pcm16le(samples)).toString('base64');
    socket.sendJson({ message_type: 'input_audio_chunk', audio_base_64: audio, commit, sample_rate: this.transcription.sampleRateHz });
  }

  private connect(): SpeechSocket {
    if (this.socket !== null) return this.socket;
    const { url, apiKey, model, connectTimeoutMs } = this.options;
    const { language, sampleRateHz, phrases } = this.transcription;
    const address = new URL('/v1/speech-to-text/realtime', url);
    const query = { model_id: model, audio_format: `pcm_${sampleRateHz}`, commit_strategy: 'manual', language_code: language.split('-')[0] ?? language };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    for (const phrase of phrases ?? []) address.searchParams.append('keyterms', phrase);
    const socket: SpeechSocket = new SpeechSocket({
      port: 'speech-to-text', url: address.href, headers: { 'xi-api-key': apiKey }, connectTimeoutMs,
      onText: (text) => { this.read(socket, text); },
      onLost: (error) => { this.lost(error); },
    });
    this.socket = socket;
    return socket;
  }

  private lost(error: PortError): void {
    this.socket = null;
    for (const { ear } of this.listening.splice(0)) ear.failed(error);
  }

  private read(socket: SpeechSocket, text: string): void {
    const message = readJsonObject(text);
    const type = message?.['message_type'];
    if (typeof type !== 'string') { socket.fail('elevenlabs sent something that is no message of its realtime transcription'); return; }
    if (ERROR_TYPES.has(type)) { socket.refuse(elevenLabsFailure('speech-to-text', type)); return; }
    const said = message?.['text'];
    const [oldest] = this.listening;
    if (oldest === undefined || typeof said !== 'string') return;
    if (type === 'partial_transcript') oldest.ear.partial(said);
    if (type !== 'committed_transcript') return; // the one with timestamps says the same again
    oldest.ear.segment(said, null);
    if (!oldest.ended) return; // they commit by themselves what is very long
    this.listening.shift();
    oldest.ear.done();
  }
}
