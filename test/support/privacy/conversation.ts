import type { Random } from '../../../bench/speech/random.js';
import { CardMasker, type Correction, type Heard } from '../../../src/domain/privacy/card-masker.js';
import { tellsNumber } from './number-reader.js';

export type Line = Omit<Heard, 'key' | 'revision' | 'atMs'> & { readonly key?: string; readonly revision?: number; readonly afterMs?: number };

/** A generated conversation: its lines in order and the numbers that must not be told (none: nothing may be hidden). */
export interface Story {
  readonly shape: string;
  readonly lines: readonly Line[];
  readonly secrets: readonly string[];
  readonly languages?: readonly string[];
}

export const caller = (text: string): Line => ({ speaker: 'caller', source: 'speech', final: true, text });
export const agent = (text: string): Line => ({ speaker: 'agent', source: 'speech', final: true, text });

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T;
}

/** The line as it grows, word by word or a few at a time, the last one final. */
export function growing(random: Random, line: Line, key: string): readonly Line[] {
  const parts = line.text.split(/(?<=\s)/u);
  const lines: Line[] = [];
  for (let shown = 1 + random.below(3); shown < parts.length; shown += 1 + random.below(3)) {
    lines.push({ ...line, key, revision: lines.length, final: false, text: parts.slice(0, shown).join('').trimEnd(), afterMs: 200 });
  }
  return [...lines, { ...line, key, revision: lines.length, afterMs: 200 }];
}

export interface Outcome {
  /** What the masker told in the end, by utterance in order; keypad entries as given out. */
  readonly told: readonly Told[];
  /** First text of which a secret could be read, if any. */
  readonly leak: string | null;
  /** How long each `see` took. */
  readonly tookMs: readonly number[];
}

interface Told {
  readonly speaker: string;
  readonly original: string;
  text: string;
}

/** Plays a story through a masker as the journal does: keeps what it tells, replaces what it corrects. */
export function play(story: Story, masker = new CardMasker(story.languages ?? [])): Outcome {
  const told = new Map<string, Told>();
  const tookMs: number[] = [];
  let atMs = 1000;
  let leak: string | null = null;
  for (const [index, line] of story.lines.entries()) {
    atMs += line.afterMs ?? 3000;
    const heard = { ...line, key: line.key ?? `u${index}`, revision: line.revision ?? 0, atMs };
    const startedMs = performance.now();
    const masked = masker.see(heard);
    tookMs.push(performance.now() - startedMs);
    told.set(`${heard.speaker} ${heard.key}`, { speaker: heard.speaker, text: masked.text, original: heard.text });
    correct(told, masked.corrections);
    if (!line.final && tells(story, masked.text)) leak ??= `partial: ${masked.text}`;
  }
  const texts = [...told.values()];
  return { told: texts, leak: leak ?? leakIn(story, texts), tookMs };
}

function correct(told: ReadonlyMap<string, Told>, corrections: readonly Correction[]): void {
  for (const { speaker, key, text } of corrections) {
    const entry = told.get(`${speaker} ${key}`);
    if (entry !== undefined) entry.text = text;
  }
}

/** In one text, or in all that one speaker said. */
function leakIn(story: Story, told: readonly Told[]): string | null {
  const bySpeaker = ['caller', 'agent'].map((speaker) => told.filter((entry) => entry.speaker === speaker).map(({ text }) => text));
  return bySpeaker.flatMap((texts) => [...texts, texts.join(' ')]).find((text) => tells(story, text)) ?? null;
}

const tells = (story: Story, text: string): boolean => story.secrets.some((secret) => tellsNumber(text, secret));
