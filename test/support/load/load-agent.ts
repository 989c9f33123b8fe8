import type { Agent, AgentOutput, AgentTurn, ConversationOpened } from '../../../src/application/ports/agent.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { conversationId } from '../../../src/domain/shared/ids.js';

/** Turn over → first text. */
export const FIRST_TEXT_AFTER_MS = 100;

/**
 * A mind for load: always the same reply, after a fixed time. It remembers nothing of any conversation, unlike the
 * `ScriptedAgent` of the tests: what grows in a gateway under load is then the gateway's own.
 */
export class LoadAgent implements Agent {
  private opened = 0;

  constructor(private readonly clock: Clock, private readonly pieces: readonly string[]) {}

  open(): Promise<ConversationOpened> {
    this.opened += 1;
    return Promise.resolve({ conversationId: conversationId(`conversation-${this.opened}`), greeting: null });
  }

  resume(): void {
    return;
  }

  async *reply(_turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentOutput, void, undefined> {
    await new Promise<void>((resolve, reject) => {
      const cancel = this.clock.after(FIRST_TEXT_AFTER_MS, () => { signal.removeEventListener('abort', onAbort); resolve(); });
      const onAbort = (): void => { cancel(); reject(new PortError('aborted', { code: 'agent/aborted', kind: 'timeout', retryable: false })); };
      signal.addEventListener('abort', onAbort, { once: true });
    });
    for (const delta of this.pieces) yield { type: 'text', delta };
  }

  reportTransfer(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
