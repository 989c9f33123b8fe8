import type { Effect, TurnInput } from '../../domain/conversation/effect.js';
import type { ReplyAction, StimulusBody } from '../../domain/conversation/stimulus.js';
import { unreachable } from '../../domain/shared/assert.js';
import type { ConversationId, ReplyId } from '../../domain/shared/ids.js';
import type { Agent, AgentInput, AgentOutput } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { isPortError } from '../ports/port-error.js';
import { wholePieces } from '../../domain/conversation/sentence-splitter.js';
import { ReplyText } from './reply-text.js';
import type { SecureDigits } from './secure-digits.js';

export interface ReplierOptions {
  readonly agent: Agent;
  readonly secureDigits: SecureDigits;
  /** Makes idempotency keys unique to the call. */
  readonly callId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: (stimulus: StimulusBody) => void;
}

/** Asks the agent and turns what comes back into speakable pieces and actions. One reply at a time; a cancelled one is silent. */
export class Replier {
  private current: { readonly id: ReplyId; readonly abort: AbortController } | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: ReplierOptions) {}

  ask(conversationId: ConversationId, ask: Extract<Effect, { type: 'ask-agent' }>): void {
    this.current?.abort.abort();
    const abort = new AbortController();
    this.current = { id: ask.replyId, abort };
    this.work = this.run(conversationId, ask, abort.signal);
  }

  cancel(id: ReplyId): void {
    if (this.current?.id === id) this.current.abort.abort();
  }

  async close(): Promise<void> {
    this.current?.abort.abort();
    await this.work;
  }

  /** Never throws: failures become stimuli. */
  private async run(conversationId: ConversationId, ask: Extract<Effect, { type: 'ask-agent' }>, signal: AbortSignal): Promise<void> {
    const { agent, callId, clock, log, post, secureDigits } = this.options;
    const say = (pieces: readonly string[], interruptible = true): void => {
      if (signal.aborted) return;
      for (const text of pieces) post({ type: 'reply-text', replyId: ask.replyId, text, interruptible });
    };
    const words = new ReplyText(clock, say);
    try {
      const input = ask.input.kind === 'sealed-digits' ? await secureDigits.told(ask.input.sealId, ask.input.complete) : plain(ask.input);
      signal.throwIfAborted(); // cancelled meanwhile
      const turn = { conversationId, idempotencyKey: `${callId}-${ask.turnIndex}`, turnIndex: ask.turnIndex, input, heard: ask.heard };
      for await (const output of agent.reply(turn, signal)) {
        if (signal.aborted) return;
        if (output.type === 'text') { words.push(output.delta); continue; }
        words.flush(); // what was said before an action is said before it is done
        if (output.type === 'say') say(wholePieces(output.text), output.interruptible);
        else post({ type: 'reply-action', replyId: ask.replyId, action: actionOf(output) });
      }
      if (signal.aborted) return;
      words.flush();
      post({ type: 'reply-done', replyId: ask.replyId });
    } catch (error) {
      if (signal.aborted) return; // cancelled: whatever it died of is of no interest
      const code = isPortError(error) ? error.code : 'agent/failed';
      log.warn('agent reply failed', { code, turnIndex: ask.turnIndex }, error);
      post({ type: 'reply-failed', replyId: ask.replyId, code, timeout: isPortError(error) && error.kind === 'timeout' });
    } finally {
      words.drop();
    }
  }
}

/** Whether keys were asked for is none of the agent's business: it knows. */
function plain(input: Exclude<TurnInput, { kind: 'sealed-digits' }>): AgentInput {
  return input.kind === 'digits' ? { kind: 'digits', digits: input.digits, complete: input.complete } : input;
}

function actionOf(output: Exclude<AgentOutput, { type: 'text' | 'say' }>): ReplyAction {
  switch (output.type) {
    case 'transfer': return output;
    case 'escalate': return { type: 'escalate', reason: output.reason };
    case 'collect-digits': return { type: 'collect-digits', digits: output.digits };
    case 'hangup': case 'end': return { type: 'hangup' };
    default: return unreachable(output);
  }
}
