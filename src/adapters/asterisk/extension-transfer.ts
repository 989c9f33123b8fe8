import { isPortError } from '../../application/ports/port-error.js';
import type { TransferOutcome } from '../../application/ports/telephony.js';
import type { AsteriskNode } from './asterisk-node.js';
import { assertDialplanTarget } from './dial-strings.js';

interface DialplanTarget {
  readonly context: string;
  readonly extension: string;
}

/**
 * Sends a channel on to an extension of the dialplan.
 *
 * @returns why it was not sent, or undefined when it was: its StasisEnd follows.
 * @throws PortError telephony/invalid-extension, telephony/not-found (the channel), outages.
 */
export async function transferToExtension(node: AsteriskNode, channelId: string, target: DialplanTarget, signal: AbortSignal): Promise<TransferOutcome | undefined> {
  assertDialplanTarget(target);
  // Asterisk takes any extension, and hangs the caller up when it turns out not to exist: ask first.
  if (!await exists(node, channelId, target, signal)) return { kind: 'failed', reason: 'unreachable' };
  try {
    await node.rest.continueInDialplan(channelId, target, signal);
    return undefined;
  } catch (error) {
    if (isPortError(error) && error.kind === 'rejected') return { kind: 'failed', reason: 'unreachable' };
    throw error;
  }
}

async function exists(node: AsteriskNode, channelId: string, { context, extension }: DialplanTarget, signal: AbortSignal): Promise<boolean> {
  try {
    return await node.rest.variable(channelId, `DIALPLAN_EXISTS(${context},${extension},1)`, signal) !== '0';
  } catch (error) {
    if (isPortError(error) && error.kind === 'rejected') return true; // no func_dialplan there: nobody can say, so try
    throw error;
  }
}
