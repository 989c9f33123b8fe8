import type { CallId, TenantId } from '../shared/ids.js';
import { ulidTimeMs } from '../shared/ulid-time.js';

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

/** An id is made a moment before its recording begins; clocks may be set in between, and ids never go back. */
const ID_SLACK_MS = 10 * 60_000;
/** The id of a call may be another node's. */
const CALL_SLACK_MS = DAY_MS;

/**
 * Whether a recording of this call, or that began within (ISO 8601, `from` is in, `to` is not), may have that id: false says that it
 * need not be looked at, true that it has to be. What is not given does not matter.
 */
export function mayHaveId(recordingId: string, { callId, from, to }: { readonly callId?: string; readonly from?: string; readonly to?: string }): boolean {
  const idMs = ulidTimeMs(recordingId);
  const isBefore = (ms: number): boolean => idMs < ms; // false where either has no time
  if (callId !== undefined && isBefore(ulidTimeMs(callId) - CALL_SLACK_MS)) return false;
  if (from !== undefined && isBefore(Date.parse(from) - ID_SLACK_MS)) return false;
  return to === undefined || !(idMs >= Date.parse(to) + ID_SLACK_MS);
}

/** Digits alone: one telephone is the same however it is written. */
export function isOfNumber({ callerNumber, calleeNumber }: Pick<Recording, 'callerNumber' | 'calleeNumber'>, number: string): boolean {
  const digits = digitsOf(number);
  return digits !== '' && (digitsOf(callerNumber) === digits || digitsOf(calleeNumber) === digits);
}

export function digitsOf(number: string): string {
  return number.replace(/\D/gu, '');
}
