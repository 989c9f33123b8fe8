import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { type OpenAiAnswer, OpenAiHttp } from './openai-http.js';

/** Their PCM has one rate. */
const PCM_RATE_HZ = 24_000;
/** Silence that makes the resampler give its last samples. */
const TAIL = new Uint8Array((10 * PCM_RATE_HZ * 2) / 1000);
const VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'fable', 'nova', 'onyx', 'sage', 'shimmer', 'verse'].map((name) => ({ name, language: 'en-US' }));

export interface OpenAiTextToSpeechOptions {
  readonly apiKey: string;
  /** Base URL with its version. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
  readonly resampler: (fromHz: number, toHz: number) => Resampler;
}

/** OpenAI's speech, or one that is like it: linear PCM in a stream, resampled as it comes. */
export class OpenAiTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: false, voices: VOICES };
  private readonly http: OpenAiHttp;

  constructor(private readonly options: OpenAiTextToSpeechOptions) {
    this.http = new OpenAiHttp({ port: 'text-to-speech', ...options });
  }

  async *synthesise({ text, voice, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (isOver(signal)) return;
    const resampler = this.options.resampler(PCM_RATE_HZ, sampleRateHz);
    try {
      const answer = await this.http.post('/audio/speech', { model: this.options.model, voice, input: text, response_format: 'pcm' }, signal);
      yield* this.read(answer, new PcmAssembler('pcm16le', resampler), signal);
    } catch (error) {
      if (!isOver(signal)) throw this.http.failureOf(error);
    } finally {
      resampler.close();
    }
  }

  private async *read({ contentType, body }: OpenAiAnswer, pcm: PcmAssembler, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    let heard = false;
    try {
      if (/json|text|html/u.test(contentType)) throw new PortError(`the answer is ${contentType}, no audio`, { code: 'text-to-speech/protocol', kind: 'protocol' });
      for await (const bytes of body as AsyncIterable<Buffer>) {
        const samples = pcm.take(bytes);
        if (isOver(signal)) return;
        heard ||= samples.length > 0;
        if (samples.length > 0) yield { samples };
      }
      if (!heard) throw new PortError('openai gave no audio', { code: 'text-to-speech/no-audio', kind: 'protocol' });
      yield { samples: pcm.take(TAIL) };
    } finally {
      body.destroy();
    }
  }
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
