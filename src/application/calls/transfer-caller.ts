import type { Handover, HandoverTarget } from '../../domain/conversation/stimulus.js';
import type { ConversationId } from '../../domain/shared/ids.js';
import type { AgentProfile } from '../../domain/tenant/agent-profile.js';
import type { Route } from '../../domain/tenant/routing.js';
import { dialledBy, mayTransfer } from '../../domain/tenant/transfer-policy.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Agent } from '../ports/agent.js';
import { maskText } from '../../domain/privacy/mask-text.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NumberPlan } from '../ports/number-plan.js';
import { codeOf, isPortError } from '../ports/port-error.js';
import type { CallLeg, DialFailed, TransferOutcome, TransferTarget } from '../ports/telephony.js';

export const RING_TIMEOUT_MS = 25_000;
/** What becomes of a caller in a queue is followed for so long; the dialplan gives him back far earlier (`VG_QUEUE_MAX_S`). */
const QUEUE_FOLLOW_MS = 30 * 60_000;
/** The agent is told of a transfer even when the call is over with it. */
const REPORT_DEADLINE_MS = 2000;

/** Why a caller may not be sent there; null: he may. Whoever is asked first has to be called by us: an extension or a queue is the PBX's. */
export function handoverRefusal({ tenant, profile }: Route, numbers: NumberPlan, { target, briefing }: Handover): 'not-allowed' | 'not-possible' | null {
  const number = dialledBy(target);
  const described = number === null ? null : numbers.describe(number, tenant.outbound?.homeCountry ?? null);
  if (!mayTransfer(profile, target, described)) return 'not-allowed';
  return briefing !== undefined && target.kind !== 'number' ? 'not-possible' : null;
}

/** What came of a transfer: `handed-over`, `connected`, or why it failed. */
export interface TransferEnd {
  readonly outcome: string;
  /** ITU-T Q.850, where the line to the target ended with one. */
  readonly causeCode?: number;
}

export function transferEnd(outcome: TransferOutcome): TransferEnd {
  if (outcome.kind !== 'failed') return { outcome: outcome.kind };
  const { causeCode }: Partial<DialFailed> = 'causeCode' in outcome ? outcome : {};
  return { outcome: outcome.reason, ...(causeCode === undefined ? {} : { causeCode }) };
}

/** Sends the caller to `target`. Never rejects. */
export async function transferCaller(
  leg: CallLeg, target: HandoverTarget, { profile, log }: { readonly profile: AgentProfile; readonly log: Logger }, signal: AbortSignal,
): Promise<TransferEnd> {
  try {
    return transferEnd(await leg.transfer(legTarget(target, profile), signal));
  } catch (error) {
    const code = codeOf(error, 'failed');
    if (!signal.aborted) log.warn('transfer failed', { code }, error);
    return { outcome: code };
  }
}

function legTarget(target: HandoverTarget, { transferContext: context }: AgentProfile): TransferTarget {
  switch (target.kind) {
    case 'extension': return { kind: 'extension', context, extension: target.extension };
    case 'number': return { kind: 'number', number: target.number, ringTimeoutMs: RING_TIMEOUT_MS };
    case 'queue': return { kind: 'queue', context, queue: target.queue, followMs: QUEUE_FOLLOW_MS };
  }
}

/** Where to, as events and the agent are told. */
export function targetName(target: HandoverTarget): string {
  switch (target.kind) {
    case 'extension': return target.extension;
    case 'number': return target.number;
    case 'queue': return target.queue;
  }
}

/** Best effort by contract: never rejects. */
export async function reportTransfer(
  { agent, clock, log }: { readonly agent: Agent; readonly clock: Clock; readonly log: Logger }, conversationId: ConversationId,
  report: { readonly target: string; readonly outcome: string },
): Promise<void> {
  const limit = deadline(clock, REPORT_DEADLINE_MS);
  try {
    await orAborted(agent.reportTransfer(conversationId, { ...report, target: maskText(report.target) }, limit.signal), limit.signal);
  } catch (error) {
    log.info('agent not told of the transfer', { code: isPortError(error) ? error.code : 'unknown' });
  } finally {
    limit.clear();
  }
}
