import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { readJsonObject } from '../wire/json-message.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { SpeechSocket } from '../wire/speech-socket.js';

export interface DeepgramTextToSpeechOptions {
  readonly apiKey: string;
  readonly url: string;
  readonly connectTimeoutMs: number;
}

/** Some of the voices of aura-2; any other name of theirs works too. */
const VOICES = [
  ...['thalia', 'andromeda', 'helena', 'apollo', 'arcas', 'aries'].map((name) => ({ name: `aura-2-${name}-en`, language: 'en-US' })),
  ...['celeste', 'estrella', 'nestor'].map((name) => ({ name: `aura-2-${name}-es`, language: 'es-ES' })),
];

/** Deepgram's aura by websocket: audio comes at the line's own rate while the text is still being rendered. */
export class DeepgramTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: false, voices: VOICES };

  constructor(private readonly options: DeepgramTextToSpeechOptions) {}

  async *synthesise({ text, voice, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const { apiKey, url, connectTimeoutMs } = this.options;
    const address = new URL('/v1/speak', url);
    const query = { model: voice, encoding: 'linear16', sample_rate: String(sampleRateHz), container: 'none' };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    const pcm = new PcmAssembler('pcm16le');
    const chunks = new ChunkQueue(signal);
    let heard = false;
    const socket: SpeechSocket = new SpeechSocket({
      port: 'text-to-speech', url: address.href, headers: { authorization: `Token ${apiKey}` }, connectTimeoutMs,
      onBinary: (bytes) => {
        heard = true;
        chunks.push({ samples: pcm.take(bytes) });
      },
      onText: (message) => {
        if (!isFlushed(message, socket)) return;
        if (heard) chunks.end();
        else chunks.fail(new PortError('deepgram gave no audio', { code: 'text-to-speech/no-audio', kind: 'protocol' }));
      },
      onLost: (error) => { chunks.fail(error); },
    });
    try {
      socket.sendJson({ type: 'Speak', text });
      socket.sendJson({ type: 'Flush' });
      yield* chunks.read();
    } finally {
      socket.close({ type: 'Close' });
    }
  }
}

/** Whether all audio has come. What says that something went wrong ends the socket. */
function isFlushed(text: string, socket: SpeechSocket): boolean {
  const type = readJsonObject(text)?.['type'];
  if (type === 'Error') socket.refuse(new PortError(`deepgram: ${text.slice(0, 200)}`, { code: 'text-to-speech/unavailable', kind: 'unavailable' }));
  else if (typeof type !== 'string') socket.fail('deepgram sent something that is no message of /v1/speak');
  return type === 'Flushed';
}
