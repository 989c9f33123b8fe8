import type { Output, TransferReport, TurnRequest } from './wire.js';

/** An agent that conversations can be opened with. */
export interface AgentCard {
  readonly id: string;
  readonly name: string;
  readonly language: string;
}

/** One conversation, as seen by whatever thinks for it. Turns come one after the other. */
export interface Mind {
  readonly greeting: string | null;
  /** The reply, as it comes to mind. May throw ReplyFailure. */
  reply(turn: TurnRequest, signal: AbortSignal): AsyncIterable<Output>;
  /** The gateway tells how a transfer went. */
  transferred(report: TransferReport): void;
}

/** Where replies come from: a script or a model. */
export interface BackEnd {
  readonly agents: readonly AgentCard[];
  /** A new conversation with the agent `agentId`; undefined when there is none. */
  open(agentId: string): { readonly agent: AgentCard; readonly mind: Mind } | undefined;
}
