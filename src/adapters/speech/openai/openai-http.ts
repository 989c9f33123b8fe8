import { Agent, type Dispatcher, type FormData, request } from 'undici';
import { isPortError, PortError } from '../../../application/ports/port-error.js';
import { isObject, readJsonObject } from '../wire/json-message.js';
import { refusal } from '../wire/speech-socket.js';
import { openAiFailure } from './openai-failure.js';

/** Requests at one time; more wait for their turn. */
const CONNECTIONS_MAX = 64;
/** A bound, not a deadline: whoever asks gives up much earlier. */
const ANSWER_MS_MAX = 30_000;
const KEEP_ALIVE_MS = 8000;
/** Of an answer that is read as a whole. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface OpenAiHttpOptions {
  /** `speech-to-text` or `text-to-speech`: the beginning of error codes. */
  readonly port: string;
  /** Base URL with its version, https://api.openai.com/v1. */
  readonly url: string;
  readonly apiKey: string;
  readonly connectTimeoutMs: number;
}

export interface OpenAiAnswer {
  readonly contentType: string;
  readonly body: Dispatcher.ResponseData['body'];
}

/** OpenAI's HTTP interface, or one that is like it. Connections are kept for the next request; an idle one does not keep the process alive. */
export class OpenAiHttp {
  private readonly pool: Agent;

  constructor(private readonly options: OpenAiHttpOptions) {
    this.pool = new Agent({
      connect: { timeout: options.connectTimeoutMs }, connections: CONNECTIONS_MAX, pipelining: 1,
      headersTimeout: ANSWER_MS_MAX, bodyTimeout: ANSWER_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  /** The head of a good answer; whoever gets it reads or destroys the body. @throws PortError, or what `failureOf` makes one. */
  async post(path: string, body: FormData | object, signal: AbortSignal): Promise<OpenAiAnswer> {
    const json = Object.getPrototypeOf(body) === Object.prototype;
    try {
      const answer = await request(`${this.options.url.replace(/\/+$/u, '')}${path}`, {
        method: 'POST', dispatcher: this.pool, signal,
        headers: { authorization: `Bearer ${this.options.apiKey}`, ...(json ? { 'content-type': 'application/json' } : {}) },
        body: json ? JSON.stringify(body) : body as FormData,
      });
      if (answer.statusCode === 200) return { contentType: String(answer.headers['content-type'] ?? ''), body: answer.body };
      throw await this.refusalOf(answer);
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  /** The whole of a JSON answer. */
  async readJson({ body }: OpenAiAnswer): Promise<Readonly<Record<string, unknown>> | null> {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of body as AsyncIterable<Buffer>) {
        parts.push(part);
        bytes += part.length;
        if (bytes > ANSWER_BYTES_MAX) return null;
      }
    } catch (error) {
      throw this.failureOf(error);
    }
    return readJsonObject(Buffer.concat(parts).toString('utf8'));
  }

  /** What undici or the network threw, in the port's words. */
  failureOf(error: unknown): PortError {
    if (isPortError(error)) return error;
    const code = isObject(error) ? error['code'] : undefined;
    const late = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
    return new PortError(`the request failed: ${error instanceof Error ? error.message : 'unknown'}`, {
      code: `${this.options.port}/${late ? 'timeout' : 'unavailable'}`, kind: late ? 'timeout' : 'unavailable', cause: error,
    });
  }

  private async refusalOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<PortError> {
    const message = await this.readJson({ contentType: '', body });
    const told = openAiFailure(this.options.port, message?.['error']);
    if (told !== null && told.kind !== 'unavailable') return told;
    const retryAfter = headers['retry-after'];
    return refusal(this.options.port, statusCode, typeof retryAfter === 'string' ? retryAfter : undefined);
  }
}
