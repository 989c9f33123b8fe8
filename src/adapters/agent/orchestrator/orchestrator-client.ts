import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { failureOf, failureOfStatus } from './failure.js';
import { garbage, WIRE_LIMITS } from './wire.js';

export interface OrchestratorClientOptions {
  /** Scheme, host and port, with an optional path in front of `/api/v1`. */
  readonly baseUrl: string;
  readonly bearerToken: string | null;
  readonly connectMs: number;
  /** Sockets to the orchestrator at one time; each running reply holds one. */
  readonly connectionsMax: number;
}

export interface ClientRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly accept: string;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly idempotencyKey: string | null;
  readonly traceparent: string | null;
  readonly body: object | null;
}

export interface ClientResponse {
  readonly contentType: 'json' | 'event-stream' | 'other';
  readonly body: ResponseBody;
}

/** One keep-alive pool of connections to the orchestrator: requests in, answers out, every failure a PortError. */
export class OrchestratorClient {
  private readonly pool: Agent;
  private readonly root: string;

  constructor(private readonly options: OrchestratorClientOptions) {
    this.root = `${options.baseUrl.replace(/\/+$/u, '')}/api/v1`;
    // Deadlines are ours: undici's count in steps of a second.
    this.pool = new Agent({
      connect: { timeout: options.connectMs }, connections: options.connectionsMax, pipelining: 1,
      headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 16 * 1024, keepAliveTimeout: 30_000,
    });
  }

  /** Resolves with the head of a 2xx answer. Redirects are not followed: the orchestrator is where the configuration says. */
  async send(exchange: ClientRequest, signal: AbortSignal): Promise<ClientResponse> {
    try {
      const { statusCode, headers, body } = await request(`${this.root}${exchange.path}`, {
        method: exchange.method, headers: this.headersOf(exchange), body: exchange.body === null ? null : JSON.stringify(exchange.body),
        dispatcher: this.pool, signal,
      });
      const readable = new ResponseBody(body, signal);
      if (statusCode < 200 || statusCode > 299) {
        readable.discard();
        throw failureOfStatus(statusCode, headerOf(headers['retry-after']), Date.now());
      }
      return { contentType: contentTypeOf(headerOf(headers['content-type'])), body: readable };
    } catch (error) {
      throw failureOf(error, signal);
    }
  }

  /** Ends everything in flight. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private headersOf({ accept, callId, tenantId, idempotencyKey, traceparent, body }: ClientRequest): Record<string, string> {
    return {
      accept, 'x-call-id': callId, 'x-tenant-id': tenantId,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
      ...(traceparent === null ? {} : { traceparent }),
      ...(this.options.bearerToken === null ? {} : { authorization: `Bearer ${this.options.bearerToken}` }),
    };
  }
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function contentTypeOf(header: string | undefined): ClientResponse['contentType'] {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  return type === 'text/event-stream' ? 'event-stream' : 'other';
}

/** How long the tail of an answer may take to arrive so that its connection can be used again. */
const TAIL_MS_MAX = 1000;
const TAIL_BYTES_MAX = 16 * 1024;

/** The bytes of an answer: read in chunks, or as one bounded text. Whoever has it must read it to its end, discard or destroy it. */
export class ResponseBody {
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(private readonly stream: Readable, private readonly cut: AbortSignal) {
    stream.on('error', () => undefined); // reported to whoever reads; without a listener it would end the process
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** The next bytes, or null at the end. */
  async read(): Promise<Uint8Array | null> {
    try {
      const next = await this.chunks.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      throw failureOf(error, this.cut);
    }
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      bytes += chunk.byteLength;
      if (bytes > WIRE_LIMITS.bodyBytesMax) throw garbage('a body without end');
      chunks.push(chunk);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch (cause) {
      throw garbage('not UTF-8', cause);
    }
  }

  /** What is left is of no interest; the connection is kept when little is left and comes soon. */
  discard(): void {
    const timer = setTimeout(() => { this.stream.destroy(); }, TAIL_MS_MAX).unref();
    void this.drain().finally(() => { clearTimeout(timer); });
  }

  private async drain(): Promise<void> {
    try {
      let bytes = 0;
      for (let chunk = await this.read(); chunk !== null && bytes <= TAIL_BYTES_MAX; chunk = await this.read()) bytes += chunk.byteLength;
    } catch {
      // The connection broke after all that mattered was read.
    } finally {
      this.stream.destroy();
    }
  }

  /** Closes the connection if anything is left unread. */
  destroy(): void {
    this.stream.destroy();
  }
}
