/** Interleaved stereo PCM16 on its way to a file. */
export interface StereoRecording {
  /** Where it can be read later. */
  readonly location: string;
  /** Never blocks; `interleaved` is kept until it is written. What cannot be written is told by `close`. */
  append(interleaved: Int16Array): void;
  /** Completes the file. Idempotent. Throws PortError `simulation-output/*` when something of it is missing. */
  close(): Promise<void>;
}

/** What happened in one call, line by line. */
export interface CallLog {
  readonly location: string;
  /** Never blocks. `atMs` since the call was placed. */
  write(atMs: number, type: string, fields: Readonly<Record<string, unknown>>): void;
  /** Idempotent. Throws PortError `simulation-output/*` when something of it is missing. */
  close(): Promise<void>;
}

/** Where a simulated call leaves its traces. Names are unique per simulation; what is there already is replaced. */
export interface SimulationOutput {
  openRecording(name: string, sampleRateHz: number, signal: AbortSignal): Promise<StereoRecording>;
  openLog(name: string, signal: AbortSignal): Promise<CallLog>;
}
