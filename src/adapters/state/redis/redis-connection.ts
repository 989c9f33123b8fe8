import { createHash } from 'node:crypto';
import { Redis, ReplyError } from 'ioredis';
import { orAborted } from '../../../application/lifecycle/or-aborted.js';
import type { Logger } from '../../../application/ports/logger.js';
import { isPortError, PortError } from '../../../application/ports/port-error.js';

const RETRY_MIN_MS = 50;
/** Not more, so that what waits is stored within 2 s of the server's return: most of that is for the events themselves. */
const RETRY_MAX_MS = 100;
const RETRY_JITTER_MS = 50;
/** So many pings in a row without an answer: perhaps only the way to the server is broken, and a new socket is tried. */
const UNANSWERED_MAX = 20;
/** A server that does not say goodbye by then is left without one. */
const DISCONNECT_TIMEOUT_MS = 100;

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` (TLS), with user, password and database. */
  readonly url: string;
  /** Certificates (PEM) to trust with `rediss://`. Default: those that Node.js knows. */
  readonly tlsAuthority?: string | null;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly logger: Logger;
  /** 0 to 1; spreads reconnections of many nodes. */
  readonly random: () => number;
}

/** A script in Redis' Lua. Runs as one act: nobody sees half of it. */
export interface RedisScript {
  readonly name: string;
  readonly lua: string;
}

export interface ScriptCall {
  /** First part of the error codes: the port on whose behalf this is. */
  readonly port: string;
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly signal: AbortSignal;
}

/**
 * One connection to one Redis (or a Sentinel-like front; no Cluster: scripts touch keys of any slot). Nothing waits in it: while
 * the server is away every command fails at once, and one that gets no answer fails after `commandTimeoutMs`, though the server
 * may still carry it out later. Reconnects for ever.
 */
export class RedisConnection {
  private readonly digests = new Map<RedisScript, string>();
  private unanswered = 0;
  private told: 'connected' | 'away' | null = null;
  private closing = false;

  private constructor(private readonly client: Redis, private readonly logger: Logger) {
    client.on('ready', () => { this.tell('connected'); });
    client.on('close', () => { if (!this.closing) this.tell('away'); });
    client.on('error', (error: unknown) => {
      if (this.told !== 'away') logger.warn('redis connection failed', {}, error); // the same again at each attempt: told once
      this.tell('away');
    });
  }

  /** Waits for the server, `connectTimeoutMs` at most: it may come later. */
  static async open(options: RedisConnectionOptions, signal: AbortSignal): Promise<RedisConnection> {
    const client = new Redis(options.url, {
      ...(options.url.startsWith('rediss:') ? { tls: { minVersion: 'TLSv1.2', ...(options.tlsAuthority === undefined || options.tlsAuthority === null ? {} : { ca: options.tlsAuthority }) } } : {}),
      commandTimeout: options.commandTimeoutMs, connectTimeout: options.connectTimeoutMs, maxRetriesPerRequest: 1, enableOfflineQueue: false,
      // A command cut off by a broken connection has perhaps been carried out: who sent it must look, not the library repeat it.
      autoResendUnfulfilledCommands: false, disconnectTimeout: DISCONNECT_TIMEOUT_MS, lazyConnect: true,
      retryStrategy: (attempt) => retryDelayMs(attempt, options.random()),
    });
    const connection = new RedisConnection(client, options.logger);
    const connected = new Promise<void>((resolve) => { client.once('ready', resolve).once('close', resolve); });
    client.connect().catch(() => undefined); // told by its events; tried again for ever
    try {
      await orAborted(connected, signal);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  get ready(): boolean {
    return this.client.status === 'ready';
  }

  /** For people. */
  get status(): string {
    return this.ready ? 'connected' : 'away, reconnecting';
  }

  /** Throws PortError `<port>/timeout`, `/unavailable`, `/aborted`, or `/failed` when the server refused the script. */
  async run({ port, script, keys, args, signal }: ScriptCall): Promise<unknown> {
    if (signal.aborted) throw aborted(port);
    return this.ask(port, () => this.evaluate(script, keys, args), signal);
  }

  /** Resolves when the server answers. */
  async ping(port: string, signal: AbortSignal): Promise<void> {
    try {
      await this.ask(port, () => this.client.ping(), signal);
      this.unanswered = 0;
    } catch (error) {
      if (isPortError(error) && error.kind === 'timeout') this.missAnswer();
      throw error;
    }
  }

  /** Resolves when everything is closed. Idempotent. */
  async close(): Promise<void> {
    const hadSocket = ['connecting', 'connect', 'ready'].includes(this.client.status);
    const ended = new Promise<void>((resolve) => { this.client.once('end', resolve); });
    this.closing = true; // it is we who go away
    this.client.disconnect();
    // Between two attempts the library says nothing, and keeps a timer for the last socket all the same.
    await (hadSocket ? ended : new Promise((resolve) => { setTimeout(resolve, DISCONNECT_TIMEOUT_MS); }));
  }

  private async ask(port: string, command: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    try {
      return await orAborted(command(), signal);
    } catch (error) {
      throw signal.aborted ? aborted(port) : failureOf(port, error);
    }
  }

  private missAnswer(): void {
    this.unanswered += 1;
    if (this.unanswered < UNANSWERED_MAX) return;
    this.unanswered = 0;
    this.logger.warn('redis does not answer: a new connection is tried');
    this.client.disconnect(true);
  }

  private async evaluate(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const rest = [...keys, ...args];
    try {
      return await this.client.evalsha(this.digestOf(script), keys.length, ...rest);
    } catch (error) {
      if (!(error instanceof ReplyError) || !(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return this.client.eval(script.lua, keys.length, ...rest); // and from then on the server knows it
    }
  }

  private digestOf(script: RedisScript): string {
    const known = this.digests.get(script) ?? createHash('sha1').update(script.lua).digest('hex');
    this.digests.set(script, known);
    return known;
  }

  private tell(now: 'connected' | 'away'): void {
    if (this.told === now) return;
    this.told = now;
    if (now === 'connected') this.logger.info('redis connected');
    else this.logger.warn('redis is away');
  }
}

/** `random`: 0 to 1. */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** attempt, RETRY_MAX_MS) + random * RETRY_JITTER_MS;
}

function aborted(port: string): PortError {
  return new PortError('the request was aborted', { code: `${port}/aborted`, kind: 'timeout', retryable: false });
}

/** Says no more than it knows: after a time-out the command may have been carried out, or still will be. */
function failureOf(port: string, cause: unknown): PortError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message === 'Command timed out') return new PortError('redis did not answer in time', { code: `${port}/timeout`, kind: 'timeout', cause });
  if (!(cause instanceof ReplyError)) return new PortError('redis cannot be reached', { code: `${port}/unavailable`, kind: 'unavailable', cause });
  // The server is there but cannot: loading its data, out of memory, a replica, busy with a script.
  if (/^(?:LOADING|OOM|READONLY|BUSY|MASTERDOWN|MISCONF|NOREPLICAS|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/u.test(message)) {
    return new PortError('redis refuses to work', { code: `${port}/unavailable`, kind: 'unavailable', cause });
  }
  return new PortError('redis refused a script', { code: `${port}/failed`, kind: 'protocol', cause });
}
