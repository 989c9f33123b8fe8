/** Ties sample positions of a call to the clock: position is time, the clock is asked once. */
export interface AudioTimeline {
  /** Clock time of sample 0. */
  readonly originMs: number;
  readonly sampleRateHz: number;
}

const MS_PER_S = 1000;

export function timelineFrom(position: number, atMs: number, sampleRateHz: number): AudioTimeline {
  return { originMs: atMs - (position * MS_PER_S) / sampleRateHz, sampleRateHz };
}

export function msAt(timeline: AudioTimeline, position: number): number {
  return timeline.originMs + (position * MS_PER_S) / timeline.sampleRateHz;
}

export function positionAt(timeline: AudioTimeline, atMs: number): number {
  return Math.round(((atMs - timeline.originMs) * timeline.sampleRateHz) / MS_PER_S);
}

/** A stretch of time on the clock; `endMs` is where its sound ended. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}
