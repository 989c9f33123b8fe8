import { z } from 'zod';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import type { Outbox, OutboxEntry } from '../../../application/ports/outbox.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import { LIFETIMES, type RedisKeys } from './redis-keys.js';
import { DEPTH_OF_OUTBOX, LEAD_OUTBOX, READ_OUTBOX, REMOVE_FROM_OUTBOX, RESIGN_OUTBOX, SET_ASIDE } from './scripts/outbox.js';

const PORT = 'outbox';
/** Positions removed by one script; its arguments are a Lua stack of limited depth. */
const REMOVED_MAX = 1000;

/** The envelope; whoever carries the event on knows its body. */
const EVENT = z.looseObject({
  id: z.string(), callId: z.string(), tenantId: z.string(), node: z.string(), sequence: z.int().min(1), occurredAt: z.string(), atMs: z.number(),
  body: z.looseObject({ type: z.string() }),
});

export interface RedisOutboxOptions {
  /** Stays the opener's to close. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A Redis stream that `RedisCallRepository` adds to. An entry nobody can read is set aside, not in the way of the others for ever. */
export class RedisOutbox implements Outbox {
  constructor(private readonly options: RedisOutboxOptions) {}

  async lead(holder: string, ttlMs: number, signal: AbortSignal): Promise<boolean> {
    const { keys } = this.options;
    return await this.run(LEAD_OUTBOX, [keys.outboxLeader, keys.outbox], [holder, ttlMs, LIFETIMES.outboxMs], signal) === 1;
  }

  async resign(holder: string, signal: AbortSignal): Promise<void> {
    await this.run(RESIGN_OUTBOX, [this.options.keys.outboxLeader], [holder], signal);
  }

  async read(holder: string, limit: number, signal: AbortSignal): Promise<readonly OutboxEntry[]> {
    const { keys } = this.options;
    const reply = await this.run(READ_OUTBOX, [keys.outboxLeader, keys.outbox], [holder, limit], signal);
    if (reply === null) throw new PortError('another relay leads', { code: `${PORT}/not-leading`, kind: 'rejected' });
    const entries: OutboxEntry[] = [];
    for (const [position, [, text]] of reply as readonly (readonly [string, readonly string[]])[]) {
      const event = eventIn(text);
      if (event === null) await this.setAside(position, signal);
      else entries.push({ position, event });
    }
    return entries;
  }

  async remove(positions: readonly string[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < positions.length; from += REMOVED_MAX) {
      await this.run(REMOVE_FROM_OUTBOX, [this.options.keys.outbox], positions.slice(from, from + REMOVED_MAX), signal);
    }
  }

  async depth(signal: AbortSignal): Promise<number> {
    return Number(await this.run(DEPTH_OF_OUTBOX, [this.options.keys.outbox], [], signal));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async setAside(position: string, signal: AbortSignal): Promise<void> {
    const { keys, logger, metrics } = this.options;
    await this.run(SET_ASIDE, [keys.outbox, keys.outboxUnreadable], [position, LIFETIMES.outboxMs], signal);
    metrics.count('events_lost_total', { reason: 'unreadable' });
    logger.error('an event in the outbox cannot be read and was set aside', { position, key: keys.outboxUnreadable });
  }

  private run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[], signal: AbortSignal): Promise<unknown> {
    return this.options.connection.run({ port: PORT, script, keys, args, signal });
  }
}

function eventIn(text: string | undefined): DomainEvent | null {
  try {
    return EVENT.parse(JSON.parse(text ?? '')) as unknown as DomainEvent;
  } catch {
    return null; // the caller says which entry it was
  }
}
