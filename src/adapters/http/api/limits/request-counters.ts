import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import type { Clock } from '../../../../application/ports/clock.js';
import type { Logger } from '../../../../application/ports/logger.js';

/** A minute, for all limits. */
export const WINDOW_MS = 60_000;
/** Clients counted at one time; of more the oldest are counted anew. */
const KEYS_MAX = 50_000;
/** After Redis has failed this process counts alone for so long, so that not every request waits for it. */
const PAUSE_MS = 1000;

/**
 * Runs a command in a Redis that several nodes share; the answer is as Redis gave it. Throws PortError. `SCRIPT LOAD` never does, so
 * that counters can begin while Redis is away.
 */
export type SendCommand = (...command: string[]) => Promise<number | string | boolean | (number | string | boolean)[]>;

interface Count {
  hits: number;
  readonly endsAtMs: number;
}

/** What clients have sent to this process, in windows that begin with their first request. */
export class LocalCounters implements Store {
  readonly localKeys = true;
  private readonly counts = new Map<string, Count>();

  constructor(private readonly clock: Clock) {}

  increment(key: string): ClientRateLimitInfo {
    const count = this.current(key) ?? this.begin(key);
    count.hits += 1;
    return this.infoOf(count);
  }

  get(key: string): ClientRateLimitInfo | undefined {
    const count = this.current(key);
    return count === null ? undefined : this.infoOf(count);
  }

  decrement(): never {
    throw neverTakenBack();
  }

  resetKey(): never {
    throw neverTakenBack();
  }

  private current(key: string): Count | null {
    const count = this.counts.get(key);
    return count === undefined || count.endsAtMs <= this.clock.nowMs() ? null : count;
  }

  /** All windows are equally long: the first in the map end first. */
  private begin(key: string): Count {
    const { counts, clock } = this;
    const count = { hits: 0, endsAtMs: clock.nowMs() + WINDOW_MS };
    counts.delete(key);
    counts.set(key, count);
    for (const [oldest, { endsAtMs }] of counts) {
      if (endsAtMs > clock.nowMs() && counts.size <= KEYS_MAX) break;
      counts.delete(oldest);
    }
    return count;
  }

  private infoOf({ hits, endsAtMs }: Count): ClientRateLimitInfo {
    return { totalHits: hits, resetTime: new Date(Date.parse(this.clock.wallTime()) + endsAtMs - this.clock.nowMs()) };
  }
}

export interface SharedCountersOptions {
  readonly send: SendCommand;
  /** Of keys in Redis. Counters with one prefix are one. */
  readonly prefix: string;
  /** Counts while Redis is away; null: then nothing is let through, and `increment` throws. */
  readonly meanwhile: LocalCounters | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What clients have sent to all nodes together, exactly. */
export class SharedCounters implements Store {
  readonly prefix: string;
  private readonly store: RedisStore;
  private pausedUntilMs = -Infinity;
  private away = false;

  constructor(private readonly options: SharedCountersOptions) {
    this.prefix = options.prefix;
    this.store = new RedisStore({ sendCommand: options.send, prefix: options.prefix });
    void this.store.init({ windowMs: WINDOW_MS } as Options); // all it looks at
  }

  increment(key: string): Promise<ClientRateLimitInfo> {
    return this.count(() => this.store.increment(key), (local) => local.increment(key));
  }

  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    const info = await this.count(() => this.store.get(key), (local) => local.get(key));
    return info === undefined || Number.isNaN(info.totalHits) ? undefined : info; // NaN: Redis has no such key
  }

  decrement(): never {
    throw neverTakenBack();
  }

  resetKey(): never {
    throw neverTakenBack();
  }

  private async count<Result>(shared: () => Promise<Result>, local: (counters: LocalCounters) => Result): Promise<Result> {
    const { meanwhile, clock, logger } = this.options;
    if (meanwhile === null) return shared();
    if (clock.nowMs() < this.pausedUntilMs) return local(meanwhile);
    try {
      const result = await shared();
      this.away = false;
      return result;
    } catch (error) {
      if (!this.away) logger.warn('requests are counted by this node alone: redis does not answer', {}, error);
      this.away = true;
      this.pausedUntilMs = clock.nowMs() + PAUSE_MS;
      return local(meanwhile);
    }
  }
}

/** The library wants a way to; what was asked was asked. */
function neverTakenBack(): Error {
  return new Error('counts of requests are never taken back');
}
