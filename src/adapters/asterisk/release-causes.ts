import type { DialFailure, ReleaseCause } from '../../application/ports/telephony.js';

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

const TEXTS: ReadonlyMap<number, string> = new Map([
  [1, 'Unallocated (unassigned) number'], [NORMAL_CLEARING, 'Normal Clearing'], [BUSY, 'User busy'], [NO_RESPONSE, 'No user responding'],
  [NO_ANSWER, 'User alerting, no answer'], [REJECTED, 'Call Rejected'], [27, 'Destination out of order'], [28, 'Invalid number format'],
  [34, 'Circuit/channel congestion'], [38, 'Network out of order'], [TEMPORARY_FAILURE, 'Temporary failure'], [127, 'Interworking, unspecified'],
]);

export function causeText(causeCode: number): string {
  return TEXTS.get(causeCode) ?? `Cause ${causeCode}`;
}

/** Why a dialled number did not answer, from how its channel ended. */
export function failureReasonOf(causeCode: number): DialFailure {
  switch (causeCode) {
    case BUSY: return 'busy';
    case NO_RESPONSE: case NO_ANSWER: return 'no-answer';
    case REJECTED: return 'rejected';
    default: return 'unreachable';
  }
}
