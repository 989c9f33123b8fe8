import type { HandoverTarget } from '../../domain/conversation/stimulus.js';
import type { ConversationId } from '../../domain/shared/ids.js';
import type { Route } from '../../domain/tenant/routing.js';
import { mayTransfer } from '../../domain/tenant/transfer-policy.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Agent } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NumberPlan } from '../ports/number-plan.js';
import { isPortError } from '../ports/port-error.js';
import type { CallLeg, TransferTarget } from '../ports/telephony.js';

const RING_TIMEOUT_MS = 25_000;
/** The agent is told of a transfer even when the call is over with it. */
const REPORT_DEADLINE_MS = 2000;

/** Sends the caller to `target`. Resolves to `handed-over`, `connected`, or why it failed; never rejects. */
export async function transferCaller(
  leg: CallLeg, target: HandoverTarget, { route: { profile, tenant }, numbers, log }: { readonly route: Route; readonly numbers: NumberPlan; readonly log: Logger }, signal: AbortSignal,
): Promise<string> {
  const described = target.kind === 'number' ? numbers.describe(target.number, tenant.outbound?.homeCountry ?? null) : null;
  if (!mayTransfer(profile, target, described)) {
    log.warn('the agent may not transfer to this number');
    return 'not-allowed';
  }
  const legTarget: TransferTarget = target.kind === 'extension'
    ? { kind: 'extension', context: profile.transferContext, extension: target.extension }
    : { kind: 'number', number: target.number, ringTimeoutMs: RING_TIMEOUT_MS };
  try {
    const outcome = await leg.transfer(legTarget, signal);
    return outcome.kind === 'failed' ? outcome.reason : outcome.kind;
  } catch (error) {
    const code = isPortError(error) ? error.code : 'failed';
    if (!signal.aborted) log.warn('transfer failed', { code }, error);
    return code;
  }
}

/** Where to, as events and the agent are told. */
export function targetName(target: HandoverTarget): string {
  return target.kind === 'extension' ? target.extension : target.number;
}

/** Best effort by contract: never rejects. */
export async function reportTransfer(
  { agent, clock, log }: { readonly agent: Agent; readonly clock: Clock; readonly log: Logger }, conversationId: ConversationId,
  report: { readonly target: string; readonly outcome: string },
): Promise<void> {
  const limit = deadline(clock, REPORT_DEADLINE_MS);
  try {
    await orAborted(agent.reportTransfer(conversationId, report, limit.signal), limit.signal);
  } catch (error) {
    log.info('agent not told of the transfer', { code: isPortError(error) ? error.code : 'unknown' });
  } finally {
    limit.clear();
  }
}
