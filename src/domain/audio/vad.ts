import { FRAME_MS } from './frame.js';

/** Says of one 20 ms frame whether somebody speaks. May keep state between the frames of one stream. */
export interface FrameClassifier {
  isVoiced(frame: Int16Array): boolean;
  /** Forgets the stream so far. */
  reset(): void;
  /** Frees what the classifier holds. It must not be used after. */
  close(): void;
}

/** Makes a classifier per stream. */
export type FrameClassifierFactory = (sampleRateHz: number) => FrameClassifier;

export interface VoiceActivityThresholds {
  readonly onsetMs: number;
  readonly offsetMs: number;
  /** Voiced time, holes not counted, after which speech is more than a sound. */
  readonly sustainedMs: number;
}

/** Voice is interrupted by plosives and by the classifier's doubts; a hole no longer than this does not begin the onset anew. */
const ONSET_HOLE_MAX_MS = 40;

export type VoiceActivityChange = 'none' | 'started' | 'sustained' | 'ended';

/** From frames that are voiced or not to speech that starts, lasts and ends. Time is the frames' own. */
export class VoiceActivity {
  private speaking = false;
  private sustained = false;
  private voicedMs = 0;
  private unvoicedMs = 0;
  private beganAtMs = 0;
  private lastVoicedMs = 0;

  constructor(private readonly thresholds: VoiceActivityThresholds) {}

  get isSpeaking(): boolean {
    return this.speaking;
  }

  /** Time of the first frame of the voice that is going on or was last. */
  get onsetAtMs(): number {
    return this.beganAtMs;
  }

  /** End of the last voiced frame. */
  get lastVoicedAtMs(): number {
    return this.lastVoicedMs;
  }

  /** Takes the frame that began at `frameAtMs`. */
  push(voiced: boolean, frameAtMs: number): VoiceActivityChange {
    return voiced ? this.pushVoiced(frameAtMs) : this.pushUnvoiced();
  }

  private pushVoiced(frameAtMs: number): VoiceActivityChange {
    if (!this.speaking && this.voicedMs === 0) this.beganAtMs = frameAtMs;
    this.voicedMs += FRAME_MS;
    this.unvoicedMs = 0;
    this.lastVoicedMs = frameAtMs + FRAME_MS;
    if (this.speaking) return this.sustain();
    if (this.voicedMs < this.thresholds.onsetMs) return 'none';
    this.speaking = true;
    this.sustained = false;
    return 'started';
  }

  /** Once per speech, never in the frame that starts it. */
  private sustain(): VoiceActivityChange {
    if (this.sustained || this.voicedMs < this.thresholds.sustainedMs) return 'none';
    this.sustained = true;
    return 'sustained';
  }

  private pushUnvoiced(): VoiceActivityChange {
    this.unvoicedMs += FRAME_MS;
    if (!this.speaking) {
      if (this.unvoicedMs > ONSET_HOLE_MAX_MS) this.voicedMs = 0;
      return 'none';
    }
    if (this.unvoicedMs < this.thresholds.offsetMs) return 'none';
    this.speaking = false;
    this.voicedMs = 0;
    return 'ended';
  }
}
