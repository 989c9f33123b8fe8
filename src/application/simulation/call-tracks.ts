import { type AudioTimeline, msAt, positionAt, type Span, timelineFrom } from '../../domain/simulation/audio-timeline.js';
import { StereoInterleaver } from '../../domain/simulation/stereo-interleaver.js';
import { VoiceActivity, VOICE_ACTIVITY_DEFAULTS } from '../../domain/simulation/voice-activity.js';
import type { StereoRecording } from '../ports/simulation-output.js';
import { AudioWindow } from './audio-window.js';

export interface CallTracksOptions {
  readonly sampleRateHz: 8000 | 16000;
  readonly recording: StereoRecording | null;
  /** The agent's audio is kept so that it can be recognised. */
  readonly keepAgentAudio: boolean;
}

const MS_PER_S = 1000;
/** One direction's samples may come so much later than the other's. */
const RECORDING_LEAD_MS = 2000;
/** Longer holes are no holes but faults of the media plane; a shorter one is silence. */
const HOLE_MS_MAX = 10_000;
/** Recognisers like a little silence around speech. */
const MARGIN_MS = 200;
const AGENT_AUDIO_MS_MAX = 60_000;
const FRAME_MS = 20;

/** Both directions of one call on one timeline of samples: where there was sound, and the recording. */
export class CallTracks {
  private readonly agentActivity: VoiceActivity;
  private readonly callerActivity: VoiceActivity;
  private readonly agentAudio: AudioWindow;
  private readonly stereo: StereoInterleaver | null;
  private readonly silence: Int16Array;
  private timeline: AudioTimeline | null = null;
  private basePosition = 0;

  constructor(private readonly options: CallTracksOptions) {
    const { sampleRateHz, recording } = options;
    this.agentActivity = new VoiceActivity({ sampleRateHz, ...VOICE_ACTIVITY_DEFAULTS });
    // One frame is sound here: what the caller says is known to be no click.
    this.callerActivity = new VoiceActivity({ sampleRateHz, ...VOICE_ACTIVITY_DEFAULTS, onsetMs: FRAME_MS });
    this.agentAudio = new AudioWindow(this.samplesIn(AGENT_AUDIO_MS_MAX));
    this.stereo = recording === null ? null : new StereoInterleaver(this.samplesIn(RECORDING_LEAD_MS), (samples) => { recording.append(samples); });
    this.silence = new Int16Array(this.samplesIn(FRAME_MS));
  }

  /** What arrived from the far end. */
  received(samples: Int16Array, position: number, atMs: number): void {
    const at = this.place(position, atMs);
    this.track(this.agentActivity, samples, at);
    if (this.options.keepAgentAudio) this.agentAudio.append(samples, at);
    this.stereo?.put('right', at, samples);
  }

  /** What the caller sent. */
  sent(samples: Int16Array, position: number, atMs: number): void {
    const at = this.place(position, atMs);
    this.track(this.callerActivity, samples, at);
    this.stereo?.put('left', at, samples);
  }

  /** Voices of the far end that ended after `fromMs`; what of one lay before is cut off. */
  agentVoices(fromMs: number): readonly Span[] {
    return this.voices(this.agentActivity).filter((voice) => voice.endMs > fromMs).map((voice) => ({ startMs: Math.max(voice.startMs, fromMs), endMs: voice.endMs }));
  }

  /** First to last sound of the caller after `fromMs`; null while there is none. */
  callerVoice(fromMs: number): Span | null {
    const voices = this.voices(this.callerActivity).filter((voice) => voice.endMs > fromMs);
    const first = voices[0];
    const last = voices.at(-1);
    return first === undefined || last === undefined ? null : { startMs: Math.max(first.startMs, fromMs), endMs: last.endMs };
  }

  /** Clock time up to which what the caller sent is known. */
  get sentUntilMs(): number {
    return this.timeline === null ? -Infinity : msAt(this.timeline, this.callerActivity.position);
  }

  /** The far end's audio of a stretch of time with a little around it, as far as it is still kept; what is before is forgotten. */
  takeAgentAudio(span: Span): Int16Array {
    if (this.timeline === null) return new Int16Array(0);
    return this.agentAudio.take(positionAt(this.timeline, span.startMs - MARGIN_MS), positionAt(this.timeline, span.endMs + MARGIN_MS));
  }

  /** No more audio comes. */
  finish(): void {
    this.stereo?.finish();
  }

  private voices(activity: VoiceActivity): Span[] {
    const { timeline } = this;
    if (timeline === null) return [];
    return activity.voices.map(({ startSample, endSample }) => ({ startMs: msAt(timeline, startSample), endMs: msAt(timeline, endSample) }));
  }

  /** Positions count from the first audio of either direction. */
  private place(position: number, atMs: number): number {
    if (this.timeline === null) {
      this.basePosition = position;
      this.timeline = timelineFrom(0, atMs, this.options.sampleRateHz);
    }
    return Math.max(0, position - this.basePosition);
  }

  /** The activity wants every sample: a hole is silence, what was there before is not taken twice. */
  private track(activity: VoiceActivity, samples: Int16Array, at: number): void {
    const hole = Math.min(at - activity.position, this.samplesIn(HOLE_MS_MAX));
    for (let filled = 0; filled < hole; filled += this.silence.length) activity.push(this.silence.subarray(0, Math.min(this.silence.length, hole - filled)));
    activity.push(hole < 0 ? samples.subarray(-hole) : samples);
  }

  private samplesIn(ms: number): number {
    return (this.options.sampleRateHz * ms) / MS_PER_S;
  }
}
