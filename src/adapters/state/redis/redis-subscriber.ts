import { Redis } from 'ioredis';
import type { Cancel } from '../../../application/ports/clock.js';
import type { Logger } from '../../../application/ports/logger.js';
import { type RedisConnectionOptions, retryDelayMs } from './redis-connection.js';

/** A way to the server that is silent may be broken: it is asked so often. */
const PING_INTERVAL_MS = 5000;
const DISCONNECT_TIMEOUT_MS = 100;

export interface ChannelListener {
  onMessage(text: string): void;
  /** From now on messages come. Before, and between two of these, they may have been missed. */
  onStanding(): void;
}

/** The connection of one process to the channels it listens to, for all who listen. Reconnects for ever, subscribes again. */
export class RedisSubscriber {
  private readonly channels = new Map<string, Set<ChannelListener>>();
  /** Channels that the server has confirmed, on the present connection. */
  private readonly standing = new Set<string>();
  private readonly pinging: NodeJS.Timeout;
  private closing: Promise<void> | null = null;

  private constructor(private readonly client: Redis, private readonly logger: Logger) {
    client.on('ready', () => { this.subscribe([...this.channels.keys()]); });
    client.on('close', () => { this.standing.clear(); });
    client.on('error', () => undefined); // told by the connection that carries commands
    client.on('message', (channel: string, text: string) => {
      for (const listener of this.channels.get(channel) ?? []) listener.onMessage(text);
    });
    this.pinging = setInterval(() => { this.ping(); }, PING_INTERVAL_MS);
  }

  /** Does not wait for the server: it may come later. */
  static open({ url, commandTimeoutMs, connectTimeoutMs, random, logger }: RedisConnectionOptions): RedisSubscriber {
    const client = new Redis(url, {
      commandTimeout: commandTimeoutMs, connectTimeout: connectTimeoutMs, maxRetriesPerRequest: 1, enableOfflineQueue: false, autoResubscribe: false,
      autoResendUnfulfilledCommands: false, disconnectTimeout: DISCONNECT_TIMEOUT_MS, retryStrategy: (attempt) => retryDelayMs(attempt, random()),
    });
    return new RedisSubscriber(client, logger);
  }

  listen(channel: string, listener: ChannelListener): Cancel {
    const listeners = this.channels.get(channel) ?? new Set<ChannelListener>();
    listeners.add(listener);
    this.channels.set(channel, listeners);
    if (this.standing.has(channel)) queueMicrotask(() => { if (listeners.has(listener)) listener.onStanding(); });
    else if (listeners.size === 1) this.subscribe([channel]);
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.channels.delete(channel);
      this.standing.delete(channel);
      if (this.client.status === 'ready') this.client.unsubscribe(channel).catch(() => undefined); // the connection went first
    };
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    clearInterval(this.pinging);
    this.channels.clear();
    const hadSocket = ['connecting', 'connect', 'ready'].includes(this.client.status);
    const ended = new Promise<void>((resolve) => { this.client.once('end', resolve); });
    this.client.disconnect();
    // Between two attempts the library says nothing, and keeps a timer for the last socket all the same.
    await (hadSocket ? ended : new Promise((resolve) => { setTimeout(resolve, DISCONNECT_TIMEOUT_MS); }));
  }

  private subscribe(channels: readonly string[]): void {
    if (channels.length === 0 || this.client.status !== 'ready') return; // all of them once it is
    this.client.subscribe(...channels).then(() => {
      for (const channel of channels) {
        const listeners = this.channels.get(channel);
        if (listeners === undefined) continue;
        this.standing.add(channel);
        for (const listener of listeners) listener.onStanding();
      }
    }, () => { if (this.closing === null) this.client.disconnect(true); }); // and from the beginning
  }

  private ping(): void {
    if (this.client.status !== 'ready') return;
    this.client.ping().catch(() => {
      if (this.closing !== null) return;
      this.logger.warn('redis does not answer where messages come from: a new connection is tried');
      this.client.disconnect(true);
    });
  }
}
