import { RECORDING_CHANNELS } from '../../domain/recording/recording.js';
import type { Cancel } from '../ports/clock.js';
import type { MediaLeg } from '../ports/media-leg.js';
import type { RecordingWriter } from '../ports/recording-store.js';

/** Frames laid together at a time: more than the 100 ms at 16 kHz that a leg hands over. */
const FRAMES_MAX = 1600;
/** Audio that nobody read in time is stored as silence, so that position stays time. A gap longer than this is none of a live call. */
const GAP_FRAMES_MAX = 160_000;

/** Both sides of a leg on their way into a writer: sample-aligned, from one moment on, with silence while it is paused. */
export class RecordingTrack {
  paused = false;
  private readonly interleaved = new Int16Array(FRAMES_MAX * RECORDING_CHANNELS);
  private nextPosition: number | null = null;
  private stopTap: Cancel;

  /** `fromMs`: nothing that was heard before this clock time is stored. `onFull` is told once, when the writer takes nothing more. */
  constructor(media: MediaLeg, private readonly writer: RecordingWriter, private readonly fromMs: number, private readonly onFull: () => void) {
    this.stopTap = media.onTracks?.(({ caller, sent }, position, atMs) => { this.take(caller, sent, { position, atMs }); }) ?? (() => undefined);
  }

  /** Idempotent. */
  stop(): void {
    this.stopTap();
    this.stopTap = () => undefined;
  }

  private take(caller: Int16Array, sent: Int16Array, { position, atMs }: { readonly position: number; readonly atMs: number }): void {
    if (this.nextPosition === null && atMs < this.fromMs) return;
    const gap = this.nextPosition === null ? 0 : (position - this.nextPosition) | 0; // positions are modulo 2^32
    let taken = gap <= 0 || gap > GAP_FRAMES_MAX || this.writeSilence(gap);
    this.nextPosition = position + caller.length;
    for (let at = 0; taken && at < caller.length; at += FRAMES_MAX) {
      const frames = Math.min(FRAMES_MAX, caller.length - at);
      taken = this.paused ? this.writeSilence(frames) : this.writeSound(caller, sent, { at, frames });
    }
    if (taken) return;
    this.stop();
    this.onFull();
  }

  private writeSound(caller: Int16Array, sent: Int16Array, { at, frames }: { readonly at: number; readonly frames: number }): boolean {
    const { interleaved } = this;
    for (let frame = 0; frame < frames; frame += 1) {
      interleaved[2 * frame] = caller[at + frame] ?? 0;
      interleaved[2 * frame + 1] = sent[at + frame] ?? 0;
    }
    return this.writer.write(interleaved.subarray(0, frames * RECORDING_CHANNELS));
  }

  private writeSilence(frames: number): boolean {
    this.interleaved.fill(0);
    for (let left = frames; left > 0; left -= FRAMES_MAX) {
      if (!this.writer.write(this.interleaved.subarray(0, Math.min(FRAMES_MAX, left) * RECORDING_CHANNELS))) return false;
    }
    return true;
  }
}
