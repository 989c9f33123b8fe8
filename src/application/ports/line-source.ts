import type { Line } from '../../domain/simulation/script.js';

export interface LineRequest {
  readonly line: Line;
  /** Voice where the line names none. */
  readonly voice: string;
  readonly language: string;
  readonly sampleRateHz: 8000 | 16000;
}

/** The caller's lines as sound, whether spoken by a synthesiser or read from a file. */
export interface LineSource {
  /** All of it. Throws PortError `line-source/*` or `text-to-speech/*`. */
  render(request: LineRequest, signal: AbortSignal): Promise<Int16Array>;
}
