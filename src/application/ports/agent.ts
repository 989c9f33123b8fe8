import type { AgentId, CallId, ConversationId, TenantId } from '../../domain/shared/ids.js';

/** What the caller did, as the agent is told. */
export type AgentInput =
  | { readonly kind: 'speech'; readonly text: string; readonly confidence: number | null }
  /** Digits that are a card number (or may be one nobody asked for) are `*` each, unless the profile lets its agent see cards. */
  | { readonly kind: 'digits'; readonly digits: string; readonly complete: boolean }
  /**
   * Digits typed in secure mode. `token`: what the vault has them by; null when it has not (`failure`). `lastFour`: of a whole card
   * number only. `expired`: they were lost, as with the process that had them.
   */
  | {
      readonly kind: 'sealed-digits'; readonly token: string | null; readonly length: number; readonly lastFour: string | null; readonly complete: boolean;
      readonly failure: 'not-possible' | 'not-stored' | 'expired' | null;
    }
  /** The caller said nothing for the `attempt`-th time in a row (1-based). */
  | { readonly kind: 'silence'; readonly attempt: number }
  | { readonly kind: 'transfer-failed'; readonly reason: string };

/** The part of the last reply that the caller really heard. */
export interface Heard {
  readonly text: string;
  readonly interrupted: boolean;
}

export interface AgentTurn {
  readonly conversationId: ConversationId;
  /** The same for a repeated request of the same turn, so that a tool is never run twice. */
  readonly idempotencyKey: string;
  readonly turnIndex: number;
  readonly input: AgentInput;
  readonly heard: Heard | null;
}

export type AgentOutput =
  /** A piece of the reply as it is generated; the gateway cuts it into sentences. */
  | { readonly type: 'text'; readonly delta: string }
  /** A whole sentence to be said as it stands. */
  | { readonly type: 'say'; readonly text: string; readonly interruptible: boolean }
  /** With a briefing the person hears it and may decline, before the caller is connected; left out, the caller is sent there at once. */
  | { readonly type: 'transfer'; readonly target: AgentTransferTarget; readonly briefing?: string }
  | { readonly type: 'hangup' }
  | { readonly type: 'collect-digits'; readonly digits: DigitCollection }
  /** A person is needed; the profile says who. */
  | { readonly type: 'escalate'; readonly reason: string }
  /** The conversation is over; the gateway says goodbye text given before and hangs up. */
  | { readonly type: 'end' };

export type AgentTransferTarget =
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'queue'; readonly queue: string };

export interface DigitCollection {
  readonly min: number;
  readonly max: number;
  /** Ends the entry before `max`; usually `#`. */
  readonly terminator: string | null;
  /** Longest wait for the next digit. */
  readonly interDigitTimeoutMs: number;
  /** The digits go to the vault of the profile, and a token comes instead; while they are typed nothing is recorded. */
  readonly secure?: true;
}

export interface ConversationRequest {
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly agentId: AgentId;
  readonly language: string;
  readonly direction: 'inbound' | 'outbound';
  readonly callerNumber: string;
  readonly calleeNumber: string;
}

export interface ConversationOpened {
  readonly conversationId: ConversationId;
  /** Greeting made for this caller; null: the profile's is used. */
  readonly greeting: string | null;
}

/** The mind that decides what is said: agent-orchestrator or any other. Throws PortError `agent/*`. */
export interface Agent {
  open(request: ConversationRequest, signal: AbortSignal): Promise<ConversationOpened>;
  /** A conversation that another process has opened goes on here; `request` as it was opened with. Asks nothing of the agent. */
  resume(conversationId: ConversationId, request: ConversationRequest): void;
  /**
   * One turn. Yields as soon as there is something to say; ends when the reply is complete. Aborting `signal` (barge-in)
   * ends the request at once. A first output later than the adapter's deadline is `agent/timeout`.
   */
  reply(turn: AgentTurn, signal: AbortSignal): AsyncIterable<AgentOutput>;
  /** Tells the agent that a transfer happened or failed. Best effort. */
  reportTransfer(conversationId: ConversationId, report: { readonly target: string; readonly outcome: string }, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
