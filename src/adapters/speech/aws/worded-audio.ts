import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk } from '../../../application/ports/text-to-speech.js';
import type { SpeechMark } from './speech-marks.js';

/**
 * Audio as it comes, with the words that begin in it. A word ends where the next one begins; the last one ends with the audio, so its
 * audio is kept until all has come.
 */
export class WordedAudio {
  private held: Int16Array[] = [];
  private heldSamples = 0;
  private passedSamples = 0;
  private readonly lastStart: number;

  /** `marks` may be empty: nothing is known of words. */
  constructor(private readonly marks: readonly SpeechMark[], private readonly sampleRateHz: number) {
    const last = marks.at(-1);
    this.lastStart = last === undefined ? Infinity : this.samplesAt(last.startMs);
  }

  /** May have no samples. */
  take(samples: Int16Array): SpeechChunk {
    this.held.push(samples);
    this.heldSamples += samples.length;
    return this.pass(Math.max(0, Math.min(this.heldSamples, this.lastStart - this.passedSamples)), Infinity);
  }

  /** @throws PortError `no-audio` when none came, `truncated` when a word did not. */
  finish(): SpeechChunk {
    const total = this.passedSamples + this.heldSamples;
    if (total === 0) throw new PortError('aws gave no audio', { code: 'text-to-speech/no-audio', kind: 'protocol' });
    if (Number.isFinite(this.lastStart) && total <= this.lastStart) throw new PortError('aws gave less audio than words', { code: 'text-to-speech/truncated', kind: 'protocol' });
    return this.pass(this.heldSamples, (total * 1000) / this.sampleRateHz);
  }

  private pass(count: number, totalMs: number): SpeechChunk {
    const from = this.passedSamples;
    const samples = this.release(count);
    this.passedSamples += count;
    const words = this.marks.flatMap(({ text, startMs }, index) => {
      const at = this.samplesAt(startMs);
      return at >= from && at < this.passedSamples ? [{ text, startMs, endMs: this.marks[index + 1]?.startMs ?? totalMs }] : [];
    });
    return words.length === 0 ? { samples } : { samples, words };
  }

  private release(count: number): Int16Array {
    const all = this.held.length === 1 && this.held[0] !== undefined ? this.held[0] : joined(this.held, this.heldSamples);
    this.held = count < all.length ? [all.subarray(count)] : [];
    this.heldSamples -= count;
    return all.subarray(0, count);
  }

  private samplesAt(ms: number): number {
    return Math.round((ms * this.sampleRateHz) / 1000);
  }
}

function joined(parts: readonly Int16Array[], length: number): Int16Array {
  const all = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
