import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { SynthesiseRequest, SynthesiseResponse } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/synthesis.js';
import type { TextToSpeech } from '../../src/application/ports/text-to-speech.js';
import { linear16Chunk, rateOf } from './audio.js';
import { statusOf } from './status.js';

/** Serves one call of Synthesis.Synthesise with an engine. A caller who takes no more stops the rendering. */
export async function synthesise(call: ServerWritableStream<SynthesiseRequest, SynthesiseResponse>, textToSpeech: TextToSpeech): Promise<void> {
  const abort = new AbortController();
  call.on('cancelled', () => { abort.abort(); });
  const { text, voice, language, format } = call.request;
  try {
    const sampleRateHz = rateOf(format);
    for await (const { samples, words } of textToSpeech.synthesise({ text, voice, language, sampleRateHz }, abort.signal)) {
      const times = (words ?? []).map((word) => ({ text: word.text, startMs: Math.round(word.startMs), endMs: Math.round(word.endMs) }));
      const more = call.write({ response: { $case: 'piece', value: { audio: linear16Chunk(samples, sampleRateHz), words: times } } });
      if (!more) await once(call, 'drain', { signal: abort.signal });
    }
    if (abort.signal.aborted) return;
    call.write({ response: { $case: 'done', value: {} } });
    call.end();
  } catch (error) {
    if (!abort.signal.aborted) call.emit('error', statusOf(error));
  }
}
