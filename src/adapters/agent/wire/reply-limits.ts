import type { AgentOutput } from '../../../application/ports/agent.js';

/** Sizes beyond which a reply is not believed, whichever way it comes. */
export const REPLY_LIMITS = {
  textCharactersMax: 32 * 1024,
  sayCharactersMax: 2000,
  briefingCharactersMax: 500,
  actionsMax: 100,
} as const;

/* Nothing that could mean more to a dialplan or a dial string than the digits and names it shows. */
export const EXTENSION = /^[A-Za-z0-9*#_-]{1,64}$/u;
export const QUEUE = /^[A-Za-z0-9_-]{1,64}$/u;
export const DIALLED_NUMBER = /^\+?[0-9]{2,20}$/u;
export const TERMINATOR = /^[0-9*#]$/u;
export const CONVERSATION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u;

/** Counts one reply. */
export class ReplyBounds {
  private textCharacters = 0;
  private actions = 0;

  /** What is wrong with the reply once `output` belongs to it; null: nothing. */
  count(output: AgentOutput): string | null {
    if (output.type === 'text') this.textCharacters += output.delta.length;
    else this.actions += 1;
    if (output.type === 'say') this.textCharacters += output.text.length;
    if (this.textCharacters > REPLY_LIMITS.textCharactersMax) return 'more text than anybody would listen to';
    return this.actions > REPLY_LIMITS.actionsMax ? 'too many actions' : null;
  }
}
