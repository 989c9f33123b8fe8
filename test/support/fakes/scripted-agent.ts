/**
 * An agent that says what the test wrote down, on the test's clock. It keeps the port's contract
 * (test/contract/agent.contract.ts runs over it) and remembers everything it was asked.
 */
import type { Agent, AgentOutput, AgentTurn, ConversationOpened, ConversationRequest } from '../../../src/application/ports/agent.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { conversationId, type ConversationId } from '../../../src/domain/shared/ids.js';

/** One step of a reply: something to give out, a wait before the next step, or the end by a failure. */
export type ScriptedStep = AgentOutput | { readonly type: 'wait'; readonly ms: number } | { readonly type: 'fail'; readonly error: PortError };
export type ScriptedReply = readonly ScriptedStep[] | ((turn: AgentTurn) => readonly ScriptedStep[]);

export const text = (delta: string): ScriptedStep => ({ type: 'text', delta });
export const wait = (ms: number): ScriptedStep => ({ type: 'wait', ms });
export const fail = (error: PortError): ScriptedStep => ({ type: 'fail', error });

export interface ScriptedAgentOptions {
  readonly clock: Clock;
  readonly greeting?: string | null;
  readonly openDelayMs?: number;
  /** Later than this is `agent/timeout`. Default 10 s. */
  readonly firstOutputMs?: number;
  /** Replies to the turns of each conversation, in order; after the last one it says "Okay." */
  readonly replies?: readonly ScriptedReply[];
}

interface Conversation {
  readonly request: ConversationRequest;
  next: number;
  readonly byKey: Map<string, readonly ScriptedStep[]>;
}

export class ScriptedAgent implements Agent {
  readonly opened: ConversationRequest[] = [];
  readonly turns: AgentTurn[] = [];
  readonly transfers: { readonly target: string; readonly outcome: string }[] = [];
  /** Idempotency keys of replies that were cut. */
  readonly aborted: string[] = [];
  /** Replies running now. */
  live = 0;
  /** The next opening fails with this, once. */
  openFailure: PortError | undefined;
  closed = false;
  private readonly conversations = new Map<ConversationId, Conversation>();

  constructor(private readonly options: ScriptedAgentOptions) {}

  async open(request: ConversationRequest, signal: AbortSignal): Promise<ConversationOpened> {
    this.guard(signal);
    await this.pause(this.options.openDelayMs ?? 0, signal);
    const failure = this.openFailure;
    this.openFailure = undefined;
    if (failure !== undefined) throw failure;
    this.opened.push(request);
    const id = conversationId(`conversation-${this.opened.length}`);
    this.conversations.set(id, { request, next: 0, byKey: new Map() });
    return { conversationId: id, greeting: this.options.greeting ?? null };
  }

  resume(id: ConversationId, request: ConversationRequest): void {
    if (!this.conversations.has(id)) this.conversations.set(id, { request, next: 0, byKey: new Map() });
  }

  async *reply(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentOutput, void, undefined> {
    this.guard(signal);
    const steps = this.stepsFor(turn);
    this.turns.push(turn);
    this.live += 1;
    try {
      yield* this.play(steps, signal);
    } catch (error) {
      if (signal.aborted) this.aborted.push(turn.idempotencyKey);
      throw error;
    } finally {
      this.live -= 1;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing, as the port's methods do
  async reportTransfer(id: ConversationId, report: { readonly target: string; readonly outcome: string }, signal: AbortSignal): Promise<void> {
    this.guard(signal);
    this.conversation(id);
    this.transfers.push(report);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private async *play(steps: readonly ScriptedStep[], signal: AbortSignal): AsyncGenerator<AgentOutput, void, undefined> {
    let patienceMs = this.options.firstOutputMs ?? 10_000;
    for (const step of steps) {
      if (step.type === 'fail') throw step.error;
      if (step.type !== 'wait') {
        patienceMs = Infinity;
        yield step;
        this.guard(signal);
        continue;
      }
      await this.pause(Math.min(step.ms, patienceMs), signal);
      patienceMs -= step.ms;
      if (patienceMs <= 0) throw new PortError('no first output', { code: 'agent/timeout', kind: 'timeout' });
    }
  }

  /** The reply that belongs to the turn: the same one again for the same key. */
  private stepsFor(turn: AgentTurn): readonly ScriptedStep[] {
    const conversation = this.conversation(turn.conversationId);
    const known = conversation.byKey.get(turn.idempotencyKey);
    if (known !== undefined) return known;
    const reply = this.options.replies?.[conversation.next] ?? [text('Okay.')];
    conversation.next += 1;
    const steps = typeof reply === 'function' ? reply(turn) : reply;
    conversation.byKey.set(turn.idempotencyKey, steps);
    return steps;
  }

  private conversation(id: ConversationId): Conversation {
    const conversation = this.conversations.get(id);
    if (conversation === undefined) throw new PortError('unknown conversation', { code: 'agent/not-found', kind: 'not-found' });
    return conversation;
  }

  private guard(signal: AbortSignal): void {
    if (signal.aborted) throw aborted();
    if (this.closed) throw new PortError('closed', { code: 'agent/closed', kind: 'unavailable', retryable: false });
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const cancel = this.options.clock.after(ms, () => { signal.removeEventListener('abort', onAbort); resolve(); });
      const onAbort = (): void => { cancel(); reject(aborted()); };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function aborted(): PortError {
  return new PortError('aborted', { code: 'agent/aborted', kind: 'timeout', retryable: false });
}
