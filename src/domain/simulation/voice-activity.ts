/** A stretch of sound in samples of its timeline: first sample of its first loud frame, end of its last loud frame. */
export interface Voice {
  readonly startSample: number;
  readonly endSample: number;
}

export interface VoiceActivityOptions {
  readonly sampleRateHz: number;
  /** A frame is loud when its RMS reaches this; full scale is 0 dBFS. */
  readonly thresholdDbfs: number;
  /** Quiet shorter than this belongs to the voice around it. */
  readonly joinMs: number;
  /** Loud time before a voice is believed; a click is no voice. */
  readonly onsetMs: number;
}

/** -45 dBFS is 20 dB below soft speech and 25 dB above what G.711 makes of silence. */
export const VOICE_ACTIVITY_DEFAULTS = { thresholdDbfs: -45, joinMs: 400, onsetMs: 40 } as const;

const FRAME_MS = 20;
const FULL_SCALE = 32768;
const MS_PER_S = 1000;

/**
 * Finds voices on a timeline by the energy of its 20 ms frames: that is the resolution of everything measured with it.
 * Feed it every sample once and in order. Works on clean telephone audio (synthetic speech, tones); it is no speech detector.
 */
export class VoiceActivity {
  private readonly frameSamples: number;
  private readonly thresholdEnergy: number;
  private readonly joinSamples: number;
  private readonly onsetFrames: number;
  private readonly closed: Voice[] = [];
  private openStart = -1;
  private openEnd = -1;
  private openLoudFrames = 0;
  private believed = false;
  private frameEnergy = 0;
  private frameFilled = 0;
  private covered = 0;

  constructor(options: VoiceActivityOptions) {
    this.frameSamples = (options.sampleRateHz * FRAME_MS) / MS_PER_S;
    const amplitude = FULL_SCALE * 10 ** (options.thresholdDbfs / 20);
    this.thresholdEnergy = amplitude * amplitude * this.frameSamples;
    this.joinSamples = (options.sampleRateHz * options.joinMs) / MS_PER_S;
    this.onsetFrames = Math.max(1, Math.round(options.onsetMs / FRAME_MS));
  }

  /** Samples taken in so far: where the timeline stands. */
  get position(): number {
    return this.covered;
  }

  /** Believed voices, oldest first; the last may still be going on. */
  get voices(): readonly Voice[] {
    return this.believed ? [...this.closed, this.open()] : this.closed;
  }

  /** The voice that goes on (or paused for less than `joinMs`). */
  get current(): Voice | null {
    return this.believed ? this.open() : null;
  }

  push(samples: Int16Array): void {
    for (const sample of samples) {
      this.frameEnergy += sample * sample;
      this.frameFilled += 1;
      this.covered += 1;
      if (this.frameFilled === this.frameSamples) this.closeFrame();
    }
  }

  private open(): Voice {
    return { startSample: this.openStart, endSample: this.openEnd };
  }

  private closeFrame(): void {
    const loud = this.frameEnergy >= this.thresholdEnergy;
    this.frameEnergy = 0;
    this.frameFilled = 0;
    if (loud) this.extend();
    else if (this.openStart >= 0 && this.covered - this.openEnd >= this.patience()) this.finish();
  }

  /** A sound not yet believed is forgotten as soon as it has paused for as long as it would have to last. */
  private patience(): number {
    return this.believed ? this.joinSamples : this.onsetFrames * this.frameSamples;
  }

  private extend(): void {
    if (this.openStart < 0) {
      this.openStart = this.covered - this.frameSamples;
      this.openLoudFrames = 0;
    }
    this.openEnd = this.covered;
    this.openLoudFrames += 1;
    if (this.openLoudFrames >= this.onsetFrames) this.believed = true;
  }

  private finish(): void {
    if (this.believed) this.closed.push(this.open());
    this.openStart = -1;
    this.openEnd = -1;
    this.believed = false;
  }
}
