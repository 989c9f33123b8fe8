import { randomUUID } from 'node:crypto';
import type { AgentCard, BackEnd, Mind } from './back-end.js';
import { TurnLog } from './turn-log.js';
import type { ConversationRequest, TurnRequest } from './wire.js';

export interface Conversation {
  readonly id: string;
  readonly callId: string;
  readonly tenantId: string;
  readonly agent: AgentCard;
  readonly mind: Mind;
  /** By idempotency key, oldest first. */
  readonly turns: Map<string, TurnLog>;
  usedAtMs: number;
}

export interface ConversationLimits {
  /** A conversation nobody touched for this long is forgotten. */
  readonly ttlMs: number;
  /** More than this, and the one unused longest is forgotten. */
  readonly conversationsMax: number;
  /** Replies kept for a repeated request. */
  readonly turnsKept: number;
}

export const DEFAULT_LIMITS: ConversationLimits = { ttlMs: 30 * 60_000, conversationsMax: 10_000, turnsKept: 16 };

/** The conversations that are being had. `nowMs` is any clock that never steps back. */
export class Conversations {
  /** Least recently used first. */
  private readonly byId = new Map<string, Conversation>();
  private readonly idByKey = new Map<string, string>();

  constructor(private readonly backEnd: BackEnd, private readonly nowMs: () => number, private readonly limits: ConversationLimits = DEFAULT_LIMITS) {}

  get size(): number {
    return this.byId.size;
  }

  /** The conversation that `key` opened before, or a new one; undefined when there is no such agent. */
  open(request: ConversationRequest, key: string): Conversation | undefined {
    this.forgetOld();
    const scopedKey = JSON.stringify([request.tenant_id, request.call_id, key]);
    const known = this.find(this.idByKey.get(scopedKey) ?? '', request.tenant_id, request.call_id);
    if (known !== undefined) return known;
    const opened = this.backEnd.open(request.agent_id);
    if (opened === undefined) return undefined;
    const conversation = {
      id: randomUUID(), callId: request.call_id, tenantId: request.tenant_id, ...opened, turns: new Map<string, TurnLog>(), usedAtMs: this.nowMs(),
    };
    this.byId.set(conversation.id, conversation);
    this.idByKey.set(scopedKey, conversation.id);
    this.forgetOld();
    return conversation;
  }

  /** Only its own tenant and call find a conversation; for everybody else it does not exist. */
  find(id: string, tenantId: string, callId: string): Conversation | undefined {
    const conversation = this.byId.get(id);
    if (conversation?.tenantId !== tenantId || conversation.callId !== callId) return undefined;
    if (this.nowMs() - conversation.usedAtMs > this.limits.ttlMs) return undefined;
    conversation.usedAtMs = this.nowMs();
    this.byId.delete(id);
    this.byId.set(id, conversation);
    return conversation;
  }

  /** The reply to the turn `key`: the one that exists, or a new one. A new turn ends the reply that is still running. */
  turn(conversation: Conversation, key: string, request: TurnRequest): TurnLog {
    const known = conversation.turns.get(key);
    if (known !== undefined && !known.abandoned) return known;
    for (const running of conversation.turns.values()) running.abandon();
    const log = new TurnLog((signal) => conversation.mind.reply(request, signal));
    conversation.turns.delete(key);
    conversation.turns.set(key, log);
    const oldest = conversation.turns.keys().next();
    if (conversation.turns.size > this.limits.turnsKept && oldest.done !== true) conversation.turns.delete(oldest.value);
    return log;
  }

  close(): void {
    for (const { turns } of this.byId.values()) for (const log of turns.values()) log.abandon();
    this.byId.clear();
    this.idByKey.clear();
  }

  private forgetOld(): void {
    for (const [id, conversation] of this.byId) {
      const expired = this.nowMs() - conversation.usedAtMs > this.limits.ttlMs;
      if (!expired && this.byId.size <= this.limits.conversationsMax) return; // the rest is younger
      for (const log of conversation.turns.values()) log.abandon();
      this.byId.delete(id);
    }
    if (this.idByKey.size <= 2 * this.limits.conversationsMax) return;
    for (const [key, id] of this.idByKey) if (!this.byId.has(id)) this.idByKey.delete(key);
  }
}
