import type { SpeechChunk } from '../../../application/ports/text-to-speech.js';
import { isObject } from '../wire/json-message.js';

/** Characters of a piece of audio, with their times from its beginning. */
export interface Alignment {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

/** Null: the message has none, or one that does not fit together. */
export function readAlignment(value: unknown): Alignment | null {
  if (!isObject(value)) return null;
  const chars = listOf(value['chars'], 'string');
  const startsMs = listOf(value['charStartTimesMs'], 'number');
  const durationsMs = listOf(value['charDurationsMs'] ?? value['charsDurationsMs'], 'number');
  if (chars === null || startsMs?.length !== chars.length || durationsMs?.length !== chars.length) return null;
  return { chars, startsMs, durationsMs };
}

interface Word { text: string; readonly startMs: number; endMs: number }

/**
 * Audio with the times of its words, of characters in pieces that may end in the middle of a word. Audio of a word that is not complete is
 * held until it is, so that whoever is told of audio is told of all words in it.
 */
export class AlignedSpeech {
  private held: Int16Array[] = [];
  private takenSamples = 0;
  private toldSamples = 0;
  private open: Word | null = null;
  private complete: Word[] = [];

  constructor(private readonly sampleRateHz: number) {}

  /** May be empty: all of it belongs to a word that goes on. */
  take(samples: Int16Array, alignment: Alignment | null): SpeechChunk {
    const offsetMs = (this.takenSamples * 1000) / this.sampleRateHz;
    this.held.push(samples);
    this.takenSamples += samples.length;
    alignment?.chars.forEach((char, at) => { this.read(char, offsetMs + (alignment.startsMs[at] ?? 0), alignment.durationsMs[at] ?? 0); });
    const until = this.open === null ? this.takenSamples : Math.floor((this.open.startMs * this.sampleRateHz) / 1000);
    return this.release(Math.min(Math.max(until, this.toldSamples), this.takenSamples));
  }

  /** What is left when no more comes. */
  end(): SpeechChunk {
    this.closeWord();
    return this.release(this.takenSamples);
  }

  private read(char: string, startMs: number, durationMs: number): void {
    if (char.trim() === '') { this.closeWord(); return; }
    this.open ??= { text: '', startMs, endMs: startMs };
    this.open.text += char;
    this.open.endMs = startMs + durationMs;
  }

  private closeWord(): void {
    if (this.open !== null) this.complete.push(this.open);
    this.open = null;
  }

  private release(until: number): SpeechChunk {
    const all = this.held.length === 1 && this.held[0] !== undefined ? this.held[0] : joined(this.held);
    const samples = all.subarray(0, until - this.toldSamples);
    this.held = [all.subarray(samples.length)];
    this.toldSamples = until;
    // With their audio, or with the next that comes: a chunk without samples is never told.
    const words = samples.length === 0 ? [] : this.complete.splice(0);
    return words.length === 0 ? { samples } : { samples, words };
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

function listOf(value: unknown, type: 'string'): readonly string[] | null;
function listOf(value: unknown, type: 'number'): readonly number[] | null;
function listOf(value: unknown, type: 'string' | 'number'): readonly unknown[] | null {
  return Array.isArray(value) && value.every((each) => typeof each === type) ? value : null;
}
