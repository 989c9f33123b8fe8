import { lineCause } from '../../domain/call/line-cause.js';
import type { DialFailed, DialFailure, LegEvent, ReleaseCause } from '../../application/ports/telephony.js';

/** ITU-T Q.850 cause values, as Asterisk uses them (include/asterisk/causes.h). */
export const NORMAL_CLEARING = 16;
export const TEMPORARY_FAILURE = 41;
const BUSY = 17;
const NO_RESPONSE = 18;
const NO_ANSWER = 19;
const REJECTED = 21;

export const CAUSE_CODES: Readonly<Record<ReleaseCause, number>> = {
  normal: NORMAL_CLEARING, busy: BUSY, congestion: 34, 'no-answer': NO_ANSWER, rejected: REJECTED, 'unallocated-number': 1,
};

function causeText(causeCode: number): string {
  return lineCause(causeCode)?.name ?? 'No cause given';
}

interface LegEnd {
  readonly causeCode: number;
  /** What the line told of its end; undefined: nothing, or we ended it. */
  readonly heard: number | undefined;
  readonly released: boolean;
}

export function legEnded({ causeCode, heard, released }: LegEnd): LegEvent {
  const isOfTheLine = !released && heard !== undefined && heard !== 0; // 0 stands for no cause
  return { type: 'ended', causeCode, causeText: causeText(causeCode), ...(isOfTheLine ? { lineCauseCode: heard } : {}), released };
}

/** How the dialling of a number came to nothing, from how its channel ended; undefined: no cause came with that. */
export function dialFailed(causeCode: number | undefined): DialFailed {
  return { kind: 'failed', reason: failureReasonOf(causeCode), ...(causeCode === undefined || causeCode === 0 ? {} : { causeCode }) };
}

function failureReasonOf(causeCode = 0): DialFailure {
  switch (causeCode) {
    case BUSY: return 'busy';
    case NO_RESPONSE: case NO_ANSWER: return 'no-answer';
    case REJECTED: return 'rejected';
    default: return 'unreachable';
  }
}
