import type { CallId, TenantId } from '../shared/ids.js';

/** Caller left, agent right. */
export const RECORDING_CHANNELS = 2;

/** What is known of a recording when it begins. */
export interface RecordingBeginning {
  /** ULID: sorts by the time it began. */
  readonly recordingId: string;
  readonly tenantId: TenantId;
  readonly callId: CallId;
  readonly callerNumber: string;
  readonly calleeNumber: string;
  readonly agentId: string;
  /** ISO 8601 UTC, as the next. */
  readonly startedAt: string;
  /** From then on it is erased by the sweep. */
  readonly expiresAt: string;
  readonly sampleRateHz: number;
}

/** One that is complete. A call that went on at another node has several, one per node. */
export interface Recording extends RecordingBeginning {
  /** Of the audio, PCM16, both channels. */
  readonly audioBytes: number;
  readonly durationMs: number;
}

/** One sample of both channels. */
const BYTES_PER_FRAME = 2 * RECORDING_CHANNELS;
const DAY_MS = 86_400_000;

export function durationOfBytes(audioBytes: number, sampleRateHz: number): number {
  return Math.round((audioBytes / BYTES_PER_FRAME) * 1000 / sampleRateHz);
}

export function expiryOf(startedAt: string, retentionDays: number): string {
  return new Date(Date.parse(startedAt) + retentionDays * DAY_MS).toISOString();
}

/** Digits alone: one telephone is the same however it is written. */
export function isOfNumber({ callerNumber, calleeNumber }: Pick<Recording, 'callerNumber' | 'calleeNumber'>, number: string): boolean {
  const digits = digitsOf(number);
  return digits !== '' && (digitsOf(callerNumber) === digits || digitsOf(calleeNumber) === digits);
}

export function digitsOf(number: string): string {
  return number.replace(/\D/gu, '');
}
