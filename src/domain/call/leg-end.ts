import type { CallRecord } from './call.js';
import { type LineCause, lineCause } from './line-cause.js';
import type { TerminationReason } from './termination.js';

/** ITU-T Q.850, the causes with which a call that we place may end unanswered. */
const USER_BUSY = 17;
const NO_USER_RESPONDING = 18;
const NO_ANSWER = 19;
const CALL_REJECTED = 21;

/** We call somebody, and nobody has answered yet. */
export function isCalling({ state, direction }: CallRecord): boolean {
  return state === 'ringing' && direction === 'outbound';
}

interface LegEnd {
  /** It left to where we sent it. */
  readonly released: boolean;
  /** Q.850: of the line, ours, or a stand-in where none came. */
  readonly causeCode: number;
  /** Q.850, as the far end or the carrier gave it. */
  readonly lineCauseCode?: number;
}

/** Undefined: the line has given none. */
export function causeOfLegEnd({ lineCauseCode }: LegEnd): LineCause | undefined {
  return lineCause(lineCauseCode);
}

/** Why the call is over when its leg has ended. */
export function reasonOfLegEnd(record: CallRecord, { released, causeCode }: LegEnd): TerminationReason {
  if (released || record.state === 'transferred') return 'transferred';
  if (isCalling(record)) return notReached(causeCode);
  return record.answeredAt === null ? 'abandoned' : 'caller_hangup';
}

function notReached(causeCode: number): TerminationReason {
  switch (causeCode) {
    case USER_BUSY: return 'busy';
    case NO_USER_RESPONDING: case NO_ANSWER: return 'no_answer';
    case CALL_REJECTED: return 'rejected';
    default: return 'unreachable';
  }
}
