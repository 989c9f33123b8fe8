import { setTimeout as sleep } from 'node:timers/promises';
import type { TranscriptEvent, TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { decodeG711, encodeG711 } from '../../../src/domain/audio/g711.js';

const LEAD_MS = 300;
const TRAIL_MS = 400;
const PRE_ROLL_MS = 300;
/** Ten times faster than real time: a busy machine may fall behind, but not by the 2 s after which audio is dropped. */
const PIECE_MS = 200;
const PIECE_EVERY_MS = 20;
const never = new AbortController().signal;

/** What a caller's telephone would send: a synthetic voice over G.711 µ-law, silence before and after. */
export async function telephoneAudio(synthesiser: TextToSpeech, text: string, voice: string, sampleRateHz: 8000 | 16000 = 8000): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  for await (const chunk of synthesiser.synthesise({ text, voice, language: 'en-US', sampleRateHz }, never)) chunks.push(chunk.samples);
  const spoken = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const samples = new Int16Array(spoken + ((LEAD_MS + TRAIL_MS) * sampleRateHz) / 1000);
  let at = (LEAD_MS * sampleRateHz) / 1000;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  const coded = { bytes: new Uint8Array(samples.length), offset: 0 };
  encodeG711('ulaw', samples, coded);
  decodeG711('ulaw', coded, samples.length, samples);
  return samples;
}

/** Writes one utterance as a call does, voice detected where it begins, and takes events meanwhile up to its final. */
export async function utter(stream: TranscriptionStream, audio: Int16Array, sampleRateHz = 8000): Promise<readonly TranscriptEvent[]> {
  const [events] = await Promise.all([untilFinal(stream), write(stream, audio, sampleRateHz)]);
  return events;
}

async function write(stream: TranscriptionStream, audio: Int16Array, sampleRateHz: number): Promise<void> {
  const piece = (PIECE_MS * sampleRateHz) / 1000;
  const begin = ((LEAD_MS + 60) * sampleRateHz) / 1000;
  stream.write(audio.subarray(0, begin));
  stream.beginUtterance(PRE_ROLL_MS);
  for (let at = begin; at < audio.length; at += piece) {
    stream.write(audio.subarray(at, at + piece));
    await sleep(PIECE_EVERY_MS);
  }
  stream.endUtterance();
}

export async function untilFinal(stream: TranscriptionStream): Promise<readonly TranscriptEvent[]> {
  const events: TranscriptEvent[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    events.push(next.value);
    if (next.value.type === 'final') break;
  }
  return events;
}

export function finalText(events: readonly TranscriptEvent[]): string | undefined {
  return events.find(({ type }) => type === 'final')?.text;
}
