import type { CallOrder, OrderOutcome, OrderRefusal, RecordingAct } from '../../domain/call/call-order.js';
import type { CallState } from '../../domain/call/call.js';
import type { Order } from '../../domain/conversation/orders.js';
import { wholePieces } from '../../domain/conversation/sentence-splitter.js';
import type { Handover } from '../../domain/conversation/stimulus.js';
import type { Route } from '../../domain/tenant/routing.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NumberPlan } from '../ports/number-plan.js';
import { isPortError } from '../ports/port-error.js';
import type { CallLeg } from '../ports/telephony.js';
import { handoverRefusal } from './transfer-caller.js';

/** Shorter than ORDER_DEADLINE_MS, so that who asked hears of it. */
const DIGITS_DEADLINE_MS = 1500;

/** A live call as far as orders need it. */
export interface ObeyingCall {
  readonly leg: CallLeg;
  readonly route: Route;
  readonly numbers: NumberPlan;
  readonly clock: Clock;
  readonly log: Logger;
  readonly state: () => CallState;
  /** Asks the conversation. */
  readonly ask: (order: Order) => 'accepted' | OrderRefusal;
  readonly end: () => void;
  /** Recording: also of a call that a person has by now, whose recording is complete. */
  readonly record: (act: RecordingAct) => OrderOutcome;
}

/** Carries an order out, or begins to. Never rejects. */
export async function obeyOrder(call: ObeyingCall, order: CallOrder): Promise<OrderOutcome> {
  const state = call.state();
  if (state === 'ended') return 'not-live';
  if (order.type === 'hang-up') {
    call.end();
    return 'accepted';
  }
  if (order.type === 'recording') return call.record(order.act);
  if (state === 'ringing') return 'not-answered';
  if (state === 'transferred') return 'with-a-person';
  switch (order.type) {
    case 'say': return call.ask({ type: 'ordered-words', pieces: wholePieces(order.text) });
    case 'transfer': return transfer(call, order.attended ? { target: order.target, briefing: order.briefing } : { target: order.target });
    case 'send-dtmf': return sendDigits(call, order.digits);
  }
}

function transfer({ route, numbers, ask }: ObeyingCall, handover: Handover): OrderOutcome {
  const refusal = handoverRefusal(route, numbers, handover);
  return (refusal === 'not-possible' ? 'attended-needs-number' : refusal) ?? ask({ type: 'ordered-transfer', handover });
}

async function sendDigits({ leg, clock, log }: ObeyingCall, digits: string): Promise<OrderOutcome> {
  const limit = deadline(clock, DIGITS_DEADLINE_MS);
  try {
    await orAborted(leg.sendDtmf(digits, limit.signal), limit.signal);
    return 'accepted';
  } catch (error) {
    if (isPortError(error) && error.kind === 'not-found') return 'not-live';
    if (isPortError(error) && error.kind === 'rejected') return 'digits-not-sendable'; // nothing that a telephone could send
    log.warn('digits not sent', {}, error);
    return 'failed';
  } finally {
    limit.clear();
  }
}
