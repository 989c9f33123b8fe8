import type { AgentCard, BackEnd, Mind } from '../back-end.js';
import type { ChatSettings } from '../options.js';
import type { Output, TransferReport, TurnRequest } from '../wire.js';
import { streamChat } from './chat-completions.js';
import { History } from './history.js';
import { actionOf } from './tools.js';

export interface ChatBackEndOptions extends ChatSettings {
  /** May hold {agent_name} and {language}. */
  readonly systemPrompt: string;
  readonly agents: readonly (AgentCard & { readonly greeting: string | null })[];
}

/** Replies from a language model. */
export class ChatBackEnd implements BackEnd {
  readonly agents: readonly AgentCard[];

  constructor(private readonly options: ChatBackEndOptions) {
    this.agents = options.agents.map(({ id, name, language }) => ({ id, name, language }));
  }

  open(agentId: string): { readonly agent: AgentCard; readonly mind: Mind } | undefined {
    const agent = this.options.agents.find(({ id }) => id === agentId);
    if (agent === undefined) return undefined;
    const prompt = this.options.systemPrompt.replaceAll('{agent_name}', agent.name).replaceAll('{language}', agent.language);
    return { agent, mind: new ChatMind(this.options, new History(prompt, agent.greeting), agent.greeting) };
  }
}

class ChatMind implements Mind {
  constructor(private readonly settings: ChatSettings, private readonly history: History, readonly greeting: string | null) {}

  async *reply(turn: TurnRequest, signal: AbortSignal): AsyncGenerator<Output, void, undefined> {
    // Written into its own exchange as it comes: when this reply is cut, the next turn may begin before it ends.
    const exchange = this.history.begin(turn);
    for await (const piece of streamChat(this.settings, this.history.messages(), signal)) {
      if (piece.type === 'text') {
        exchange.assistant += piece.delta;
        yield { type: 'delta', text: piece.delta };
      } else {
        exchange.toolCalls = piece.calls;
        yield* piece.calls.map(actionOf);
      }
    }
  }

  transferred(report: TransferReport): void {
    this.history.transferred(report);
  }
}
