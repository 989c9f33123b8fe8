import type { TranscriptionStream } from '../ports/speech-to-text.js';
import type { OpenUtterance, SpokenSoFar } from './spoken-so-far.js';

/** What one recogniser has been given of what the caller said: behind him while it is caught up, level with him afterwards. */
export class RecogniserFeed {
  private nextSample: number;
  /** Of the utterances without a final: told it of their beginning, of their end. */
  private begun = 0;
  private ended = 0;

  constructor(private readonly stream: TranscriptionStream, private readonly spoken: SpokenSoFar) {
    this.nextSample = spoken.replayFrom;
  }

  /** It has been given everything: what comes now may go straight through. */
  get isLevel(): boolean {
    const { utterances, endSample } = this.spoken;
    return this.nextSample >= endSample && this.begun === utterances.length && this.ended === utterances.filter((utterance) => utterance.endSample !== null).length;
  }

  /** Utterances whose final it owes. */
  get finalsDue(): number {
    return this.ended;
  }

  get isInUtterance(): boolean {
    return this.begun > this.ended;
  }

  write(samples: Int16Array): void {
    this.stream.write(samples);
    this.nextSample += samples.length;
  }

  begin(preRollMs: number): void {
    this.stream.beginUtterance(preRollMs);
    this.begun += 1;
  }

  end(): void {
    if (!this.isInUtterance) return;
    this.stream.endUtterance();
    this.ended += 1;
  }

  /** It has given the final of the oldest utterance. */
  settled(): void {
    this.begun = Math.max(0, this.begun - 1);
    this.ended = Math.max(0, this.ended - 1);
  }

  /** Gives up to `samples` of what it has missed, with beginnings and ends where they were. */
  catchUp(samples: number): void {
    this.nextSample = Math.max(this.nextSample, this.spoken.keptFrom); // what was forgotten cannot be given
    const until = this.nextSample + samples;
    while (this.turnHere() || this.giveTo(until));
  }

  /** Begins or ends an utterance when it has come to that place. */
  private turnHere(): boolean {
    const open = this.openUtterance();
    if (open !== null) {
      if (open.endSample === null || this.nextSample < open.endSample) return false;
      this.end();
      return true;
    }
    const due = this.spoken.utterances[this.begun];
    if (due === undefined || this.nextSample < due.fromSample) return false;
    this.begin(0);
    return true;
  }

  private giveTo(until: number): boolean {
    const { utterances, endSample } = this.spoken;
    const open = this.openUtterance();
    const turn = open === null ? utterances[this.begun]?.fromSample : open.endSample;
    const chunk = this.spoken.read(this.nextSample, Math.min(until, endSample, turn ?? endSample) - this.nextSample);
    if (chunk.length > 0) this.write(chunk);
    return chunk.length > 0;
  }

  private openUtterance(): OpenUtterance | null {
    return this.isInUtterance ? this.spoken.utterances[this.ended] ?? null : null;
  }
}
