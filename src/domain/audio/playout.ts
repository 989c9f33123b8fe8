import { FRAME_MS } from './frame.js';
import type { PlayoutBuffer } from './playout-buffer.js';

/** A buffer that ran dry and is filled again this soon was not at the end of a sentence: the speaker was late. */
const UNDERRUN_MS = 300;
/** The end of audio that stops anywhere but at zero dies away over this part of a frame: 2.5 ms of 20. */
const FADE_DIVISOR = 8;

/** `started`: the first frame after an empty buffer is in hand. `drained`: all that was accepted has been sent. */
export type PlayoutChange = 'none' | 'started' | 'drained';

/** The consumer's side of a playout buffer: one frame per tick, and what the ticks tell about the speech. */
export class Playout {
  private speaking = false;
  private silentMs = Number.POSITIVE_INFINITY;
  private lastSample = 0;

  /** Times the buffer ran dry in the middle of speech. */
  underruns = 0;

  constructor(private readonly buffer: PlayoutBuffer) {}

  /** Whether the frame of the last tick held agent audio. */
  get isSpeaking(): boolean {
    return this.speaking;
  }

  /** Fills the next frame: agent audio as far as there is any, then silence. What was cleared is gone, without a click and without `drained`. */
  next(frame: Int16Array): PlayoutChange {
    const taken = this.buffer.take(frame);
    if (this.buffer.cleared) {
      this.speaking = false;
      this.silentMs = Number.POSITIVE_INFINITY;
    }
    if (taken === 0) return this.silent(frame);
    if (taken < frame.length) this.fade(frame, taken);
    this.lastSample = frame[frame.length - 1] ?? 0;
    if (this.speaking) return 'none';
    this.speaking = true;
    if (this.silentMs < UNDERRUN_MS) this.underruns += 1;
    return 'started';
  }

  private silent(frame: Int16Array): PlayoutChange {
    if (this.lastSample !== 0) this.fade(frame, 0);
    this.lastSample = 0;
    if (!this.speaking) {
      this.silentMs += FRAME_MS;
      return 'none';
    }
    this.speaking = false;
    this.silentMs = 0;
    return 'drained';
  }

  private fade(frame: Int16Array, from: number): void {
    const begin = from === 0 ? this.lastSample : (frame[from - 1] ?? 0);
    const length = Math.min(Math.floor(frame.length / FADE_DIVISOR), frame.length - from);
    for (let i = 0; i < length; i += 1) frame[from + i] = Math.round(begin * (1 - (i + 1) / (length + 1)));
  }
}
