import { isPortError } from '../../../src/application/ports/port-error.js';
import type { SpeechToText, TranscriptEvent } from '../../../src/application/ports/speech-to-text.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { CodedEar, codedSpeech } from './coded-speech.js';

const RATE = 8000;
/** How long nothing may come before it counts as silence: for a test that expects some, and for one that does not. */
export const SILENCE_MS = { expected: 300, unexpected: 8000 } as const;

/** What came of an utterance or a synthesis, and how it ended: the code of its PortError, `complete` or `silence`. */
export interface Outcome {
  readonly ending: string;
  readonly kind: string | null;
  /** Words that were understood: of the caller, or of the voice. */
  readonly text: string;
}

const silence = Symbol('silence');

/** Says `text` to the recogniser in pieces of 100 ms and listens up to the final, an error, or no event for a while. Everything is closed after. */
export async function recogniseOnce(speechToText: SpeechToText, text: string, silenceMs: number = SILENCE_MS.unexpected): Promise<Outcome> {
  let stream;
  try {
    stream = await speechToText.open({ language: 'en-US', sampleRateHz: RATE }, new AbortController().signal);
  } catch (error) {
    return failed(error, '');
  }
  const events = stream[Symbol.asyncIterator]();
  let heard = '';
  const listen = async (): Promise<Outcome> => {
    for (;;) {
      const next = await orSilence(events.next(), silenceMs);
      if (next === silence) return { ending: 'silence', kind: null, text: heard };
      const { value } = next as IteratorYieldResult<TranscriptEvent>;
      heard = value.text;
      if (value.type === 'final') return { ending: 'complete', kind: null, text: heard };
    }
  };
  try {
    const outcome = listen().catch((error: unknown) => failed(error, heard));
    stream.beginUtterance(0);
    const audio = codedSpeech(text, RATE);
    for (let at = 0; at < audio.length; at += RATE / 10) {
      stream.write(audio.subarray(at, at + RATE / 10));
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    stream.endUtterance();
    return await outcome;
  } finally {
    await stream.close();
  }
}

/** Has a text spoken up to its end, an error, or no audio for a while, and is then aborted. */
export async function speakOnce(
  textToSpeech: TextToSpeech, request: Omit<SynthesisRequest, 'sampleRateHz'>, silenceMs: number = SILENCE_MS.unexpected,
): Promise<Outcome & { readonly chunks: readonly SpeechChunk[] }> {
  const ear = new CodedEar(RATE);
  const chunks: SpeechChunk[] = [];
  const abort = new AbortController();
  const audio = textToSpeech.synthesise({ ...request, sampleRateHz: RATE }, abort.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orSilence(audio.next(), silenceMs);
      if (next === silence) return { ending: 'silence', kind: null, text: ear.end(), chunks };
      if (next.done === true) return { ending: 'complete', kind: null, text: ear.end(), chunks };
      chunks.push(next.value);
      ear.write(next.value.samples);
    }
  } catch (error) {
    return { ...failed(error, ear.end()), chunks };
  } finally {
    abort.abort();
    await audio.return?.();
  }
}

function failed(error: unknown, text: string): Outcome {
  if (!isPortError(error)) throw error;
  return { ending: error.code, kind: error.kind, text };
}

async function orSilence<Result>(work: Promise<Result>, silenceMs: number): Promise<Result | typeof silence> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<typeof silence>((resolve) => { timer = setTimeout(() => { resolve(silence); }, silenceMs); });
  try {
    return await Promise.race([work, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
