import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../application/ports/clock.js';
import { TICKET_TTL_MS, type Tickets } from '../../../application/ports/tickets.js';
import { type Identity, ROLES } from '../../../domain/access/identity.js';
import { tenantId } from '../../../domain/shared/ids.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { ISSUE_TICKET, REDEEM_TICKET } from './scripts/tickets.js';

const PORT = 'tickets';
const TICKET_BYTES = 24;
const TICKET = /^[\w-]{32}$/u;

export interface RedisTicketsOptions {
  /** Stays the opener's to close. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: Clock;
}

/** Tickets that any node takes, once. Redis holds their digests: who can read it cannot use them. */
export class RedisTickets implements Tickets {
  constructor(private readonly options: RedisTicketsOptions) {}

  async issue(identity: Identity, signal: AbortSignal): Promise<string> {
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    await this.options.connection.run({ port: PORT, script: ISSUE_TICKET, keys: [this.keyOf(ticket)], args: [JSON.stringify(identity), TICKET_TTL_MS], signal });
    return ticket;
  }

  async redeem(ticket: string, signal: AbortSignal): Promise<Identity | null> {
    if (!TICKET.test(ticket)) return null;
    const { connection, clock } = this.options;
    const text = await connection.run({ port: PORT, script: REDEEM_TICKET, keys: [this.keyOf(ticket)], args: [], signal });
    const identity = typeof text === 'string' ? identityOf(text) : null;
    return identity === null || identity.expiresAt <= clock.wallTime() ? null : identity;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private keyOf(ticket: string): string {
    return this.options.keys.ticketPrefix + createHash('sha256').update(ticket).digest('base64url');
  }
}

/** Null: written by a gateway that we do not understand. */
function identityOf(text: string): Identity | null {
  let written: Partial<Record<keyof Identity, unknown>>;
  try {
    written = JSON.parse(text) as typeof written;
  } catch {
    return null;
  }
  const { subject, expiresAt } = written;
  const role = ROLES.find((known) => known === written.role);
  if (role === undefined || typeof subject !== 'string' || typeof expiresAt !== 'string') return null;
  if (role === 'platform') return { subject, role, tenantId: null, expiresAt };
  return typeof written.tenantId === 'string' ? { subject, role, tenantId: tenantId(written.tenantId), expiresAt } : null;
}
