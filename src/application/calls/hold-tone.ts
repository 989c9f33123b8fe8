import { samplesInMs } from '../../domain/audio/frame.js';
import { tone } from '../../domain/audio/tones.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { MediaLeg } from '../ports/media-leg.js';

/** The ringing tone of ITU-T E.180 as most of the world has it: 425 Hz, one second in five. Quiet: he may hear it for half a minute. */
const RINGING = { frequencyHz: 425, toneMs: 1000, cadenceMs: 5000, decibels: -24 } as const;
/** The playout buffer holds at least a second. */
const TOP_UP_MS = 200;

/** What a caller hears while somebody is called for him: that the line is alive. */
export class HoldTone {
  private readonly cadence: Int16Array;
  private at = 0;
  private cancel: Cancel = () => undefined;
  private stopped = false;

  constructor(private readonly media: MediaLeg, private readonly clock: Clock) {
    const { sampleRateHz } = media;
    this.cadence = new Int16Array(samplesInMs(RINGING.cadenceMs, sampleRateHz));
    this.cadence.set(tone([RINGING.frequencyHz], { sampleRateHz, durationMs: RINGING.toneMs, decibels: RINGING.decibels }));
    this.topUp();
  }

  /** Silence within one frame. Idempotent. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.cancel();
    this.media.clear();
  }

  private topUp(): void {
    for (let accepted = this.offer(); accepted > 0; accepted = this.offer()) this.at = (this.at + accepted) % this.cadence.length;
    this.cancel = this.clock.after(TOP_UP_MS, () => { this.topUp(); });
  }

  private offer(): number {
    return this.media.playoutSpace > 0 ? this.media.play(this.cadence.subarray(this.at)) : 0;
  }
}
