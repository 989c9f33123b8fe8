import type { Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { AlignedSpeech } from './aligned-speech.js';
import { type ContextEar, ElevenLabsVoiceSocket } from './elevenlabs-voice-socket.js';

export interface ElevenLabsTextToSpeechOptions {
  readonly apiKey: string;
  /** Base URL, wss://api.elevenlabs.io. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
  /** A socket nobody speaks on is closed after so long; theirs is 20 s. */
  readonly idleMs: number;
  readonly clock: Clock;
}

/** Some of their ready-made voices, by id; any other id of the account works too. */
const VOICES = ['21m00Tcm4TlvDq8ikWAM', 'EXAVITQu4vr4xnSDxMaL', 'JBFqnCBsd6RMkjVDRZzb', 'onwK4e9ZLuTAKqWW03F9', 'pNInz6obpgDQGcFmaJgB']
  .map((name) => ({ name, language: 'en-US' }));
/** Models that can be told the language; the others refuse to be. */
const TAKES_LANGUAGE = /_v2_5$/u;

/** ElevenLabs by the multi-context websocket: the syntheses of a voice share a socket, which saves its handshake before each sentence. */
export class ElevenLabsTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: VOICES };
  /** By address: voice, language and rate are in it. */
  private readonly sockets = new Map<string, Set<ElevenLabsVoiceSocket>>();

  constructor(private readonly options: ElevenLabsTextToSpeechOptions) {}

  async *synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const chunks = new ChunkQueue(signal);
    const giveUp = this.socketFor(this.addressOf(request)).say(request.text, earOf(chunks, request.sampleRateHz));
    try {
      yield* chunks.read();
    } finally {
      giveUp();
    }
  }

  private addressOf({ voice, language, sampleRateHz }: SynthesisRequest): string {
    const address = new URL(`/v1/text-to-speech/${encodeURIComponent(voice)}/multi-stream-input`, this.options.url);
    const query = {
      model_id: this.options.model, output_format: sampleRateHz === 8000 ? 'ulaw_8000' : 'pcm_16000', auto_mode: 'true', sync_alignment: 'true',
      ...(TAKES_LANGUAGE.test(this.options.model) ? { language_code: language.split('-')[0] ?? language } : {}),
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    return address.href;
  }

  private socketFor(url: string): ElevenLabsVoiceSocket {
    const sockets = this.sockets.get(url) ?? new Set();
    this.sockets.set(url, sockets);
    for (const socket of sockets) if (socket.hasRoom) return socket;
    const { apiKey, connectTimeoutMs, idleMs, clock } = this.options;
    const onGone = (): void => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.sockets.get(url) === sockets) this.sockets.delete(url);
    };
    const socket = new ElevenLabsVoiceSocket({ url, apiKey, connectTimeoutMs, idleMs, clock, onGone });
    sockets.add(socket);
    return socket;
  }
}

function earOf(chunks: ChunkQueue, sampleRateHz: number): ContextEar {
  const pcm = new PcmAssembler(sampleRateHz === 8000 ? 'ulaw' : 'pcm16le');
  const speech = new AlignedSpeech(sampleRateHz);
  let heard = false;
  return {
    audio: (bytes, alignment) => {
      heard = true;
      chunks.push(speech.take(pcm.take(bytes), alignment));
    },
    complete: () => {
      // Without quota they end politely, without a sound.
      if (!heard) { chunks.fail(new PortError('elevenlabs gave no audio', { code: 'text-to-speech/no-audio', kind: 'protocol' })); return; }
      chunks.push(speech.end());
      chunks.end();
    },
    failed: (error) => { chunks.fail(error); },
  };
}
