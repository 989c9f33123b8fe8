import type { MediaEvent, VoiceDetection } from '../ports/media-leg.js';
import { UNJUDGED_MS_MAX } from '../ports/voice-activity-detector.js';

export type SpeechEvent = Extract<MediaEvent, { readonly type: 'speech-started' | 'speech-sustained' | 'speech-ended' }>;

/** Detectors put the beginning of one voice some frames apart. An assumption. */
const ONSETS_APART_MS_MAX = 100;

/** The caller's voice, as one witness has it. Times are those of the Clock. */
class Voice {
  speaking = false;
  sustained = false;
  onsetAtMs = 0;
  lastVoicedAtMs = -Infinity;

  begin(onsetAtMs: number): void {
    this.speaking = true;
    this.sustained = false;
    this.onsetAtMs = onsetAtMs;
  }

  end(lastVoicedAtMs: number): void {
    this.speaking = false;
    this.lastVoicedAtMs = lastVoicedAtMs;
  }
}

/**
 * Two detectors hear one caller, the leg's own and another; the word of one of them counts, and that may change at any time. What is told is
 * as if there were one: `speech-started` and `speech-ended` in turn, `speech-sustained` once between them at most, times that never step back.
 *
 * The other detector tells no `sustained`. Its voice lasts when the leg has counted as much voice that began with it, and at the latest when it has
 * judged so much audio without an end that the voice must be in it: an end is told `offsetMs` after the last of the voice.
 */
export class VoiceActivitySwitch {
  private readonly told = new Voice();
  private readonly leg = new Voice();
  private detector = new Voice();
  private leader = this.leg;

  constructor(private readonly thresholds: VoiceDetection, private readonly tell: (event: SpeechEvent) => void) {}

  fromLeg(event: SpeechEvent): void {
    if (event.type === 'speech-started') this.leg.begin(event.onsetAtMs);
    if (event.type === 'speech-sustained') this.leg.sustained = true;
    if (event.type === 'speech-ended') this.leg.end(event.lastVoicedAtMs);
    this.follow(event.atMs);
  }

  fromDetector(type: 'started' | 'ended', atMs: number, nowMs: number): void {
    if (type === 'started') this.detector.begin(atMs);
    else this.detector.end(atMs);
    this.follow(nowMs);
  }

  /** The detector has judged all audio up to `untilMs`. */
  detectorJudged(untilMs: number, nowMs: number): void {
    const { detector, thresholds: { offsetMs, sustainedMs } } = this;
    if (!detector.speaking || detector.sustained || untilMs - detector.onsetAtMs < offsetMs + sustainedMs) return;
    detector.sustained = true;
    this.follow(nowMs);
  }

  /** From now on the detector's word counts. */
  detectorLeads(nowMs: number): void {
    this.leader = this.detector;
    this.follow(nowMs);
  }

  /** From now on the leg's word counts. The detector, if there is another, begins anew. */
  legLeads(nowMs: number): void {
    const led = this.leader === this.detector;
    this.detector = new Voice();
    this.leader = this.leg;
    // Before that the detector has had its say.
    if (led) this.follow(nowMs, nowMs - UNJUDGED_MS_MAX);
  }

  /** Tells whatever makes what was told what the leader says. */
  private follow(nowMs: number, onsetMsMin = 0): void {
    const { told, leader } = this;
    if (leader === this.detector && this.legConfirms()) leader.sustained = true;
    if (told.speaking && !leader.speaking) {
      // A leader that never heard this voice cannot say when it ended.
      told.end(leader.lastVoicedAtMs >= told.onsetAtMs ? leader.lastVoicedAtMs : nowMs);
      this.tell({ type: 'speech-ended', atMs: nowMs, lastVoicedAtMs: told.lastVoicedAtMs });
    } else if (!told.speaking && leader.speaking) {
      told.begin(Math.max(leader.onsetAtMs, told.lastVoicedAtMs, onsetMsMin));
      this.tell({ type: 'speech-started', atMs: nowMs, onsetAtMs: told.onsetAtMs });
    }
    if (!told.speaking || told.sustained || !leader.sustained) return;
    told.sustained = true;
    this.tell({ type: 'speech-sustained', atMs: nowMs, onsetAtMs: told.onsetAtMs });
  }

  /** The leg has counted enough of the voice that the detector tells of. */
  private legConfirms(): boolean {
    const { leg, detector } = this;
    return detector.speaking && leg.sustained && leg.onsetAtMs >= detector.onsetAtMs - ONSETS_APART_MS_MAX;
  }
}
