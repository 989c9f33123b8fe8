import { amplitudeOfDecibels } from './level.js';

/** Below this the ear hears nothing and the ramp ends in true silence. */
const MUTE_DECIBELS = -90;

/** A gain that moves to its target along a straight line over one frame, so that a step makes no click. */
export class GainRamp {
  private current = 1;
  private target = 1;
  private targetDecibels = 0;

  /** 0 is unchanged, negative quieter; amplification is refused (it could only clip). */
  setDecibels(decibels: number): void {
    if (decibels === this.targetDecibels) return;
    this.targetDecibels = decibels;
    this.target = decibels <= MUTE_DECIBELS ? 0 : Math.min(1, amplitudeOfDecibels(decibels));
  }

  /** Applies the gain in place, reaching the target at the frame's last sample. */
  apply(frame: Int16Array): void {
    if (this.current === this.target) {
      if (this.current !== 1) this.scale(frame);
      return;
    }
    const step = (this.target - this.current) / frame.length;
    let gain = this.current;
    for (let i = 0; i < frame.length; i += 1) {
      gain += step;
      frame[i] = Math.round((frame[i] ?? 0) * gain);
    }
    this.current = this.target;
  }

  private scale(frame: Int16Array): void {
    const gain = this.current;
    for (let i = 0; i < frame.length; i += 1) frame[i] = Math.round((frame[i] ?? 0) * gain);
  }
}
