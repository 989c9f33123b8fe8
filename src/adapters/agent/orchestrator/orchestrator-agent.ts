import { setMaxListeners } from 'node:events';
import type { Agent, AgentOutput, AgentTurn, ConversationOpened, ConversationRequest } from '../../../application/ports/agent.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import type { PortError } from '../../../application/ports/port-error.js';
import { conversationId, type CallId, type ConversationId } from '../../../domain/shared/ids.js';
import { type ConversationOwner, ConversationOwners } from '../wire/conversation-owners.js';
import { Cutoff } from '../wire/cutoff.js';
import { Breaker, withRetries, type BreakerOptions } from '../wire/resilience.js';
import { OrchestratorClient, type ClientRequest, type ClientResponse } from './orchestrator-client.js';
import { ReplyStream } from './reply-stream.js';
import { conversationBody, garbage, readAgent, readOpened, turnBody, type AgentDescription } from './wire.js';

export interface OrchestratorLimits {
  /** TCP (and TLS) connection. */
  readonly connectMs: number;
  /** One try of a request that is not a turn. */
  readonly requestMs: number;
  /** All tries of a request that is not a turn. */
  readonly requestTotalMs: number;
  /** From the question to the first output of the reply, all tries together. */
  readonly firstOutputMs: number;
  /** Between two signs of life of a reply. */
  readonly idleMs: number;
  /** A whole reply. */
  readonly replyMs: number;
}

export const DEFAULT_ORCHESTRATOR_LIMITS: OrchestratorLimits = {
  connectMs: 1000, requestMs: 3000, requestTotalMs: 8000, firstOutputMs: 10_000, idleMs: 5000, replyMs: 60_000,
};

export interface OrchestratorAgentOptions {
  readonly baseUrl: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly bearerToken?: string | null;
  readonly limits?: Partial<OrchestratorLimits>;
  readonly breaker?: Partial<BreakerOptions>;
  /** Replies at one time; more wait for a free connection. */
  readonly connectionsMax?: number;
  /** W3C trace context of a call, when it is traced. */
  readonly traceparent?: (callId: CallId) => string | null;
}

/**
 * The agent-orchestrator over HTTP, as docs/reference/orchestrator-contract.md has it. Besides the port's codes it throws
 * `agent/aborted` (the signal), `agent/closed`, `agent/breaker-open` and `agent/failed` (the orchestrator gave up a reply).
 */
export class OrchestratorAgent implements Agent {
  private readonly client: OrchestratorClient;
  private readonly breaker: Breaker;
  private readonly limits: OrchestratorLimits;
  private readonly owners = new ConversationOwners();
  private readonly closing = new AbortController();

  constructor(private readonly options: OrchestratorAgentOptions) {
    setMaxListeners(0, this.closing.signal); // one for each exchange in flight
    this.limits = { ...DEFAULT_ORCHESTRATOR_LIMITS, ...options.limits };
    this.client = new OrchestratorClient({
      baseUrl: options.baseUrl, bearerToken: options.bearerToken ?? null, connectMs: this.limits.connectMs, connectionsMax: options.connectionsMax ?? 1024,
    });
    this.breaker = new Breaker({ failures: 5, halfOpenAfterMs: 30_000, ...options.breaker }, {
      log: options.logger.with({ orchestratorUrl: new URL(options.baseUrl).origin }), metrics: options.metrics,
    });
  }

  /** False while the orchestrator is left alone because it failed again and again. Callers get fallbacks then. */
  get ready(): boolean {
    return !this.breaker.open;
  }

  async open(request: ConversationRequest, signal: AbortSignal): Promise<ConversationOpened> {
    const owner = { callId: request.callId, tenantId: request.tenantId };
    const answer = await this.ask(owner, signal, { method: 'POST', path: '/conversations', idempotencyKey: `open-${request.callId}`, body: conversationBody(request) }, readOpened);
    const id = conversationId(answer.conversationId);
    this.owners.remember(id, owner);
    return { conversationId: id, greeting: answer.greeting };
  }

  resume(id: ConversationId, { callId, tenantId }: ConversationRequest): void {
    this.owners.remember(id, { callId, tenantId });
  }

  async *reply(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentOutput, void, undefined> {
    const owner = this.owners.of(turn.conversationId);
    const cutoff = new Cutoff(signal, this.closing.signal, this.limits.replyMs);
    let stream: ReplyStream | undefined;
    try {
      cutoff.limit(this.limits.firstOutputMs, 'first output');
      const started = await this.begin(owner, turn, cutoff);
      stream = started.stream;
      const onSign = (): void => { cutoff.limit(this.limits.idleMs, 'next output'); };
      for (let output = started.first; output !== null; output = await stream.next(onSign)) {
        cutoff.unlimit(); // the consumer's time is not the orchestrator's
        yield output;
        cutoff.throwIfCut();
        onSign();
      }
    } finally {
      stream?.release();
      cutoff.dispose();
    }
  }

  async reportTransfer(id: ConversationId, report: { readonly target: string; readonly outcome: string }, signal: AbortSignal): Promise<void> {
    const idempotencyKey = `transfer-${this.owners.of(id).callId}-${report.target}-${report.outcome}`.replace(/[^!-~]/gu, '_').slice(0, 200);
    await this.ask(this.owners.of(id), signal, { method: 'POST', path: `/conversations/${encodeURIComponent(id)}/transfer`, idempotencyKey, body: report }, () => undefined);
  }

  /** Who the orchestrator has put on this conversation. Not part of the port: for diagnosis and reports. */
  agentOf(id: ConversationId, signal: AbortSignal): Promise<AgentDescription> {
    return this.ask(this.owners.of(id), signal, { method: 'GET', path: `/conversations/${encodeURIComponent(id)}/agent`, idempotencyKey: null, body: null }, readAgent);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client.close();
  }

  /** A request with one short answer; repeated while that may help, as its idempotency key allows. */
  private async ask<T>(owner: ConversationOwner, signal: AbortSignal, request: Pick<ClientRequest, 'method' | 'path' | 'idempotencyKey' | 'body'>, read: (body: string) => T): Promise<T> {
    const total = new Cutoff(signal, this.closing.signal, this.limits.requestTotalMs);
    try {
      return await withRetries(() => this.breaker.run(() => this.tryOnce(owner, total.signal, request, read)), total, this.onRetry(owner));
    } finally {
      total.dispose();
    }
  }

  private async tryOnce<T>(owner: ConversationOwner, signal: AbortSignal, request: Pick<ClientRequest, 'method' | 'path' | 'idempotencyKey' | 'body'>, read: (body: string) => T): Promise<T> {
    const cutoff = new Cutoff(signal, this.closing.signal, this.limits.requestMs);
    let response: ClientResponse | undefined;
    try {
      response = await this.client.send({ ...request, ...this.context(owner), accept: 'application/json' }, cutoff.signal);
      const body = await response.body.text();
      if (response.contentType !== 'json' && body !== '') throw garbage('content type is not JSON');
      return read(body);
    } finally {
      response?.body.destroy();
      cutoff.dispose();
    }
  }

  /** Asks for the turn until the first output is there. Once an answer has begun the turn is never asked for again. */
  private async begin(owner: ConversationOwner, turn: AgentTurn, cutoff: Cutoff): Promise<{ readonly stream: ReplyStream; readonly first: AgentOutput | null }> {
    let answered = false;
    const attempt = async (): Promise<{ stream: ReplyStream; first: AgentOutput | null }> => {
      const response = await this.client.send({
        method: 'POST', path: `/conversations/${encodeURIComponent(turn.conversationId)}/turns`, accept: 'text/event-stream, application/json;q=0.5',
        ...this.context(owner), idempotencyKey: turn.idempotencyKey, body: turnBody(turn),
      }, cutoff.signal);
      answered = true;
      try {
        const stream = await ReplyStream.open(response);
        return { stream, first: await stream.next(() => undefined) };
      } catch (error) {
        response.body.destroy();
        throw error;
      }
    };
    return withRetries(() => this.breaker.run(attempt), cutoff, this.onRetry(owner), () => !answered);
  }

  private context(owner: ConversationOwner): Pick<ClientRequest, 'callId' | 'tenantId' | 'traceparent'> {
    return { ...owner, traceparent: this.options.traceparent?.(owner.callId) ?? null };
  }

  private onRetry({ callId, tenantId }: ConversationOwner): (error: PortError) => void {
    return (error) => { this.options.logger.info('agent request repeated', { callId, tenantId, code: error.code }); };
  }
}
