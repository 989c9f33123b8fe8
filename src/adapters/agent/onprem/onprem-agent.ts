import { setMaxListeners } from 'node:events';
import type { CallOptions, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import type { Agent, AgentOutput, AgentTurn, ConversationOpened, ConversationRequest } from '../../../application/ports/agent.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { codeOf, type PortError } from '../../../application/ports/port-error.js';
import { conversationId, type ConversationId } from '../../../domain/shared/ids.js';
import type { LanguageModelClient, OpenResponse } from '../../grpc/generated/voicegateway/speech/v1/language_model.js';
import { GrpcConnections, type GrpcLease, type GrpcServerSettings } from '../../grpc/grpc-connections.js';
import { grpcFailure } from '../../grpc/grpc-failure.js';
import { ConversationOwners } from '../wire/conversation-owners.js';
import { Cutoff } from '../wire/cutoff.js';
import { CONVERSATION_ID, REPLY_LIMITS } from '../wire/reply-limits.js';
import { Breaker, type BreakerOptions, withRetries } from '../wire/resilience.js';
import { conversation, garbage, openRequest, turnRequest } from './turn-messages.js';
import { TurnStream } from './turn-stream.js';

export interface OnpremAgentLimits {
  /** One request with a short answer, and all its repeats together. */
  readonly requestMs: number;
  readonly requestTotalMs: number;
  /** From the question to the first output, repeats included. */
  readonly firstOutputMs: number;
  /** Between two outputs. */
  readonly idleMs: number;
  /** A whole reply. */
  readonly replyMs: number;
}

export const DEFAULT_ONPREM_AGENT_LIMITS: OnpremAgentLimits = { requestMs: 3000, requestTotalMs: 8000, firstOutputMs: 10_000, idleMs: 5000, replyMs: 60_000 };

export interface OnpremAgentOptions {
  readonly server: GrpcServerSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits?: Partial<OnpremAgentLimits>;
  readonly breaker?: Partial<BreakerOptions>;
}

type Answer<T> = (error: ServiceError | null, answer: T) => void;
type Ask<T> = (client: LanguageModelClient, metadata: Metadata, options: Partial<CallOptions>, answer: Answer<T>) => ClientUnaryCall;

/**
 * LanguageModel of proto/voicegateway/speech/v1: the mind of whole calls on a server of one's own. Besides the port's codes it throws
 * `agent/aborted` (the signal), `agent/closed` and `agent/breaker-open`.
 */
export class OnpremAgent implements Agent {
  private readonly connections: GrpcConnections<LanguageModelClient>;
  private readonly breaker: Breaker;
  private readonly limits: OnpremAgentLimits;
  private readonly owners = new ConversationOwners();
  private readonly closing = new AbortController();

  constructor(private readonly options: OnpremAgentOptions) {
    setMaxListeners(0, this.closing.signal); // one for each exchange in flight
    this.limits = { ...DEFAULT_ONPREM_AGENT_LIMITS, ...options.limits };
    this.connections = new GrpcConnections({
      server: options.server, port: 'agent', service: 'voicegateway.speech.v1.LanguageModel',
      load: async () => (await import('../../grpc/generated/voicegateway/speech/v1/language_model.js')).LanguageModelClient,
    });
    this.breaker = new Breaker({ failures: 5, halfOpenAfterMs: 30_000, ...options.breaker }, { log: options.logger, metrics: options.metrics });
  }

  /** False while the server is left alone because it failed again and again. Callers get fallbacks then. */
  get ready(): boolean {
    return !this.breaker.open;
  }

  async open(request: ConversationRequest, signal: AbortSignal): Promise<ConversationOpened> {
    const { conversationId: id, greeting } = await this.ask<OpenResponse>((client, ...call) => client.open(openRequest(request), ...call), signal);
    if (!CONVERSATION_ID.test(id)) throw garbage('the id of the conversation');
    const words = greeting.trim();
    if (words.length > REPLY_LIMITS.sayCharactersMax) throw garbage(`a greeting of ${words.length} characters`);
    this.owners.remember(conversationId(id), request);
    return { conversationId: conversationId(id), greeting: words === '' ? null : words };
  }

  resume(id: ConversationId, request: ConversationRequest): void {
    this.owners.remember(id, request);
  }

  async *reply(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentOutput, void, undefined> {
    const request = turnRequest(turn, this.owners.of(turn.conversationId));
    const cutoff = new Cutoff(signal, this.closing.signal, this.limits.replyMs);
    let lease: GrpcLease<LanguageModelClient> | undefined;
    let stream: TurnStream | undefined;
    const onCut = (): void => { stream?.release(); };
    cutoff.signal.addEventListener('abort', onCut, { once: true });
    let over = false;
    try {
      cutoff.limit(this.limits.firstOutputMs, 'first output');
      const begin = async (): Promise<AgentOutput | null> => {
        lease ??= await this.lease(cutoff);
        stream?.release();
        stream = new TurnStream(lease.client.turn(request, lease.metadata));
        return this.next(stream, cutoff);
      };
      // Once an output has come the turn is never asked for again.
      for (let output = await withRetries(() => this.breaker.run(begin), cutoff, this.onRetry); output !== null; output = await this.next(stream, cutoff)) {
        cutoff.unlimit(); // the consumer's time is not the server's
        over ||= output.type === 'end' || output.type === 'hangup';
        yield output;
        cutoff.throwIfCut();
        cutoff.limit(this.limits.idleMs, 'next output');
      }
      if (over) this.end(turn.conversationId);
    } finally {
      cutoff.signal.removeEventListener('abort', onCut);
      cutoff.dispose();
      stream?.release();
      lease?.release();
    }
  }

  async reportTransfer(id: ConversationId, report: { readonly target: string; readonly outcome: string }, signal: AbortSignal): Promise<void> {
    const named = conversation(id, this.owners.of(id));
    await this.ask((client, ...call) => client.reportTransfer({ conversation: named, ...report }, ...call), signal);
  }

  close(): Promise<void> {
    this.closing.abort();
    this.connections.close();
    return Promise.resolve();
  }

  /** The conversation is over. The server would forget it anyway, later: nobody waits for this. */
  private end(id: ConversationId): void {
    const named = conversation(id, this.owners.of(id));
    this.tryOnce((client, ...call) => client.end({ conversation: named }, ...call), new AbortController().signal).catch((error: unknown) => {
      this.options.logger.debug('end of a conversation not told', { code: codeOf(error) });
    });
  }

  private async next(stream: TurnStream | undefined, cutoff: Cutoff): Promise<AgentOutput | null> {
    try {
      return stream === undefined ? null : await stream.next();
    } catch (error) {
      throw failureOf(error, cutoff);
    }
  }

  /** A request with one short answer; repeated while that may help: none of them does harm twice. */
  private async ask<T>(ask: Ask<T>, signal: AbortSignal): Promise<T> {
    const total = new Cutoff(signal, this.closing.signal, this.limits.requestTotalMs);
    try {
      return await withRetries(() => this.breaker.run(() => this.tryOnce(ask, total.signal)), total, this.onRetry);
    } finally {
      total.dispose();
    }
  }

  private async tryOnce<T>(ask: Ask<T>, signal: AbortSignal): Promise<T> {
    const cutoff = new Cutoff(signal, this.closing.signal, this.limits.requestMs);
    let lease: GrpcLease<LanguageModelClient> | undefined;
    try {
      const { client, metadata } = lease = await this.lease(cutoff);
      return await new Promise<T>((resolve, reject) => {
        const call = ask(client, metadata, { deadline: Date.now() + this.limits.requestMs }, (error, answer) => { if (error === null) resolve(answer); else reject(error); });
        cutoff.signal.addEventListener('abort', () => { call.cancel(); }, { once: true });
      });
    } catch (error) {
      throw failureOf(error, cutoff);
    } finally {
      lease?.release();
      cutoff.dispose();
    }
  }

  private lease(cutoff: Cutoff): Promise<GrpcLease<LanguageModelClient>> {
    return new Promise((resolve, reject) => {
      cutoff.throwIfCut();
      const onCut = (): void => { reject(failureOf(cutoff.signal.reason, cutoff)); };
      cutoff.signal.addEventListener('abort', onCut, { once: true });
      this.connections.lease().then((lease) => {
        if (cutoff.signal.aborted) lease.release();
        else resolve(lease);
      }, reject).finally(() => { cutoff.signal.removeEventListener('abort', onCut); });
    });
  }

  private readonly onRetry = (error: PortError): void => { this.options.logger.info('agent request repeated', { code: error.code }); };
}

/** `cut` wins: an aborted call dies of many things. */
function failureOf(error: unknown, { signal }: Cutoff): PortError {
  return grpcFailure('agent', signal.aborted ? signal.reason : error);
}
