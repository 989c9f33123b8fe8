import type { SpokenWord } from './synthesis-protocol.js';

/** espeak-ng says: at this time of the audio it came to this character of the text, counted from 1. */
export interface WordEvent {
  readonly characterPosition: number;
  readonly atMs: number;
}

interface Token {
  readonly text: string;
  /** Of its first character, counted from 0. */
  readonly position: number;
}

interface Stretch {
  readonly firstToken: number;
  readonly startMs: number;
}

/**
 * The words of a text that was rendered whole, each once and in order, with their times. espeak-ng's events are no such list: it tells "of the"
 * as one word and "3.50" as four, of "don't" the beginning, and sometimes a place one word off. An event that leads on to a later
 * token begins a stretch of tokens; within one, time is given by letters.
 */
export function espeakWords(text: string, events: readonly WordEvent[], durationMs: number): readonly SpokenWord[] {
  const tokens = tokensOf(text);
  const stretches = stretchesOf(tokens, events, durationMs);
  return stretches.flatMap(({ firstToken, startMs }, index) => {
    const next = stretches[index + 1];
    return spread(tokens.slice(firstToken, next?.firstToken), startMs, next?.startMs ?? durationMs);
  });
}

/** What blanks separate. Characters are code points, as espeak-ng counts them. */
function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/\S+/gu)].map(({ 0: token, index }) => ({ text: token, position: Array.from(text.slice(0, index)).length }));
}

function stretchesOf(tokens: readonly Token[], events: readonly WordEvent[], durationMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const { characterPosition, atMs } of events.filter((event) => event.atMs < durationMs)) {
    const token = tokens.findLastIndex(({ position }) => position < characterPosition);
    const last = stretches.at(-1);
    if (last === undefined) stretches.push({ firstToken: 0, startMs: atMs });
    else if (token > last.firstToken && atMs > last.startMs) stretches.push({ firstToken: token, startMs: atMs });
  }
  return stretches;
}

function spread(tokens: readonly Token[], startMs: number, endMs: number): readonly SpokenWord[] {
  const words = tokens.map(({ text }) => text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let atMs = startMs;
  return words.map((text) => {
    const beganMs = atMs;
    atMs += ((endMs - startMs) * text.length) / letters;
    return { text, startMs: beganMs, endMs: atMs };
  });
}
