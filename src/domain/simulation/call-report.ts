/** Milliseconds by name of the stage; null where the stage did not happen. */
export type LatencyByStage = Readonly<Record<string, number | null>>;

/** One turn of either side, as a person reads it. */
export interface ReportedTurn {
  readonly speaker: 'caller' | 'agent';
  /** Caller: what was said. Agent: what the gateway says that it said; empty if it does not tell. */
  readonly text: string;
  /** Caller: what the gateway recognised. Agent: what was recognised in the audio, else what the gateway believes was heard. Null: nobody knows. */
  readonly heard: string | null;
  /** Since the answer. */
  readonly atMs: number;
  readonly interrupted: boolean;
  readonly latency: LatencyByStage;
}

/** One simulated call, judged. */
export interface CallReport {
  readonly name: string;
  readonly script: string;
  readonly did: string;
  readonly ok: boolean;
  readonly answered: boolean;
  /** The gateway's reason; without its events `caller_hangup` or `far_end_hangup` as the simulator saw it. */
  readonly endReason: string | null;
  readonly causeCode: number | null;
  readonly durationMs: number;
  readonly recording: string | null;
  readonly eventLog: string | null;
  readonly greetingMs: number | null;
  readonly responseMs: readonly number[];
  readonly digitResponseMs: readonly number[];
  readonly stopMs: readonly number[];
  readonly maxGapMs: number;
  readonly media: MediaFigures | null;
  readonly turns: readonly ReportedTurn[];
  readonly failures: readonly string[];
}

/** Counters of the simulator's own media leg. */
export interface MediaFigures {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly framesAdjusted: number;
}
