import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpeechToText, TranscriptEvent, TranscriptionStream } from '../../src/application/ports/speech-to-text.js';
import { type Condition, overTheLine, type Utterance } from './conditions.js';
import { Random } from './random.js';

export const RATE_HZ = 8000;
export const PIECE_MS = 100;
/** As the gateway: voice is noticed after 80 ms and 300 ms before it are listened to as well. */
export const ONSET_MS = 80;
export const PRE_ROLL_MS = ONSET_MS + 300;

/** One call: what is said in it, one after the other, into one stream. */
export interface SpokenCall {
  /** Sentences of all kinds once, or the lines of examples/calls again and again. */
  readonly purpose: 'corpus' | 'scripted';
  readonly corpus: string;
  readonly grammar: string;
  readonly voice: string;
  readonly condition: Condition;
  readonly sentences: readonly SpokenSentence[];
  /** Of silence and noise around them. */
  readonly seed: number;
}

export interface SpokenSentence {
  /** What the final should be; empty: nothing of the grammar. */
  readonly words: string;
  /** What the voice is given to say. */
  readonly spoken: string;
}

/** What a voice says, rendered. */
export type Clips = (voice: string, spoken: string) => Int16Array;

/** What came of a sentence. */
export interface Hearing extends Pick<SpokenCall, 'purpose' | 'corpus' | 'voice' | 'condition'> {
  readonly wanted: string;
  /** The first of its call: the line was not known yet. */
  readonly first: boolean;
  readonly heard: string;
  readonly confidence: number | null;
  readonly audioMs: number;
}

/** What came of a sentence that was said in its time. */
export interface TimedHearing extends Hearing {
  /** From the end of the utterance to its final. */
  readonly finalMs: number;
}

/** At the pace of speech. */
export async function speakCall(recogniser: SpeechToText, call: SpokenCall, clips: Clips): Promise<readonly TimedHearing[]> {
  const { purpose, corpus, voice, condition } = call;
  const stream = await recogniser.open({ language: 'en-US', sampleRateHz: RATE_HZ, grammar: call.grammar }, new AbortController().signal);
  try {
    const hearings: TimedHearing[] = [];
    const random = new Random(call.seed);
    const events = stream[Symbol.asyncIterator]();
    for (const sentence of call.sentences) {
      const utterance = overTheLine(clips(voice, sentence.spoken), condition, random);
      await say(stream, utterance);
      const endedMs = performance.now();
      const { text, confidence } = await final(events);
      hearings.push({
        purpose, corpus, voice, condition, wanted: sentence.words, first: hearings.length === 0,
        heard: text, confidence, finalMs: performance.now() - endedMs, audioMs: (utterance.samples.length * 1000) / RATE_HZ,
      });
    }
    return hearings;
  } finally {
    await stream.close();
  }
}

async function say(stream: TranscriptionStream, { samples, lead }: Utterance): Promise<void> {
  const piece = samplesOf(PIECE_MS);
  const onset = lead + samplesOf(ONSET_MS);
  stream.write(samples.subarray(0, onset));
  stream.beginUtterance(PRE_ROLL_MS);
  for (let at = onset; at < samples.length; at += piece) {
    await sleep(PIECE_MS);
    stream.write(samples.subarray(at, at + piece));
  }
  stream.endUtterance();
}

async function final(events: AsyncIterator<TranscriptEvent>): Promise<{ readonly text: string; readonly confidence: number | null }> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error('the stream ended before its final');
    if (next.value.type === 'final') return next.value;
  }
}

function samplesOf(ms: number): number {
  return (ms * RATE_HZ) / 1000;
}
