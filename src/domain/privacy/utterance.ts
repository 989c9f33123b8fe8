import type { NumberSegment, NumberText } from './number-segments.js';

export type Speaker = 'caller' | 'agent';

/** One utterance as the masker keeps it. */
export interface Utterance {
  readonly speaker: Speaker;
  readonly numbers: NumberText;
  readonly final: boolean;
  /** When its first and its newest revision came. */
  readonly startedAtMs: number;
  readonly atMs: number;
}

/** A segment and where it was said: `at` counts in the history of the call, oldest first. */
export interface Place {
  readonly segment: NumberSegment;
  readonly at: number;
}

/** A silence longer than this ends a number. */
export const RUN_GAP_MS = 20_000;
/** More words than this without a number end it too. */
export const RUN_WORDS_MAX = 8;
/** Turns of one speaker that one number may be spread over. */
export const RUN_TURNS_MAX = 4;
/** A card is spoken of when its word was said so many turns before or after. */
const CARD_WORD_TURNS = 2;
/** More words before a number are no answer to a question: `it is`, `the number is`. */
const ANSWER_WORDS_MAX = 4;

/** What has been said last, oldest first, and who said which numbers. Made anew for each decision. */
export class History {
  private readonly turns: readonly number[];

  constructor(readonly utterances: readonly Utterance[]) {
    let turn = 0;
    this.turns = utterances.map((utterance, at) => (at > 0 && utterances[at - 1]?.speaker !== utterance.speaker ? (turn += 1) : turn));
  }

  /** The segments of one speaker, or of both in the order in which they were said. */
  places(speaker: Speaker | null): readonly Place[] {
    return this.utterances.flatMap((utterance, at) =>
      speaker === null || utterance.speaker === speaker ? utterance.numbers.segments.map((segment) => ({ segment, at })) : []);
  }

  /** Counts the changes of speaker: what one says in several utterances without an answer is one turn. */
  turnOf(place: Place): number {
    return this.turns[place.at] ?? 0;
  }

  speakerOf(place: Place): Speaker | undefined {
    return this.utterances[place.at]?.speaker;
  }

  /** Whether `next` may go on with the number of `previous`. */
  linked(previous: Place, next: Place): boolean {
    if (this.wordsBetween(previous, next)) return false;
    for (let at = previous.at + 1; at <= next.at; at += 1) {
      const [before, here] = [this.utterances[at - 1], this.utterances[at]];
      if (before !== undefined && here !== undefined && here.startedAtMs - before.atMs > RUN_GAP_MS) return false;
    }
    return true;
  }

  /** Too many, in one utterance: those of the other speaker do not count. */
  private wordsBetween(previous: Place, next: Place): boolean {
    if (previous.at === next.at) return next.segment.wordsBefore - previous.segment.wordsBefore > RUN_WORDS_MAX;
    const from = this.utterances[previous.at];
    if ((from?.numbers.words ?? 0) - previous.segment.wordsBefore > RUN_WORDS_MAX || next.segment.wordsBefore > RUN_WORDS_MAX) return true;
    return this.utterances.slice(previous.at + 1, next.at).some(({ speaker, numbers }) =>
      speaker === from?.speaker && numbers.segments.length === 0 && numbers.words > RUN_WORDS_MAX);
  }

  /** A card is spoken of near one of the places. */
  cardNear(places: readonly Place[]): boolean {
    return this.utterances.some(({ numbers }, at) => numbers.mentionsCard
      && places.some((place) => Math.abs((this.turns[at] ?? 0) - this.turnOf(place)) <= CARD_WORD_TURNS));
  }

  /** It has another name: its own utterance says so, or what it answers. */
  namedOther({ segment, at }: Place): boolean {
    if (segment.international || segment.named !== null) return true;
    const [own, asked] = [this.utterances[at], this.utterances[at - 1]];
    if (own === undefined || asked === undefined || own.speaker === asked.speaker) return false;
    return segment.wordsBefore <= ANSWER_WORDS_MAX && !own.numbers.mentionsCard && asked.numbers.mentionsOther;
  }
}
