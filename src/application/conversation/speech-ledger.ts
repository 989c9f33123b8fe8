import { heardText } from '../../domain/conversation/heard-text.js';
import type { SpeechSource } from '../../domain/conversation/conversation-events.js';

export interface SpokenWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** One piece of a speech on its way from text to the caller's ear. */
export interface SpokenPiece {
  readonly text: string;
  readonly source: SpeechSource;
  readonly requestedAtMs: number;
  /** Sample position of its first sample within the speech; -1 before audio exists. */
  startSample: number;
  samples: number;
  rendered: boolean;
  readonly words: SpokenWord[];
}

/** Rough length of unrendered speech, 15 characters a second; used only for pieces cut before they were rendered to the end. */
const MS_PER_CHARACTER = 66;

/** What of a speech was said and what the caller heard, from the number of samples that were played. Fillers are nobody's words. */
export class SpeechLedger {
  readonly pieces: SpokenPiece[] = [];

  constructor(private readonly sampleRateHz: number) {}

  add(text: string, source: SpeechSource, requestedAtMs: number): SpokenPiece {
    const piece: SpokenPiece = { text, source, requestedAtMs, startSample: -1, samples: 0, rendered: false, words: [] };
    this.pieces.push(piece);
    return piece;
  }

  said(): string {
    return this.words().map((piece) => piece.text).join(' ');
  }

  /** `playedSamples` counts from the beginning of the speech. */
  heard(playedSamples: number): string {
    return this.words().map((piece) => this.heardOf(piece, playedSamples)).filter((text) => text !== '').join(' ');
  }

  private words(): readonly SpokenPiece[] {
    return this.pieces.filter((piece) => piece.source !== 'filler');
  }

  private heardOf(piece: SpokenPiece, playedSamples: number): string {
    if (piece.startSample < 0) return '';
    const playedMs = this.ms(Math.min(piece.samples, Math.max(0, playedSamples - piece.startSample)));
    const totalMs = piece.rendered ? this.ms(piece.samples) : Math.max(this.ms(piece.samples), piece.text.length * MS_PER_CHARACTER);
    return heardText({ text: piece.text, words: piece.words, playedMs, totalMs });
  }

  private ms(samples: number): number {
    return (samples * 1000) / this.sampleRateHz;
  }
}
