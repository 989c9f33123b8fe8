import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import { TICKET_TTL_MS, type Tickets } from '../../../application/ports/tickets.js';
import type { Identity } from '../../../domain/access/identity.js';
import { notAborted } from './not-aborted.js';

const TICKET_BYTES = 24;
/** Not used yet, of all tenants. */
const TICKETS_MAX = 20_000;

interface Waiting {
  readonly identity: Identity;
  readonly lapsesAtMs: number;
}

/** Tickets of one process, for that process. */
export class MemoryTickets implements Tickets {
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly clock: Clock) {}

  async issue(identity: Identity, signal: AbortSignal): Promise<string> {
    await notAborted('tickets', signal);
    this.removeLapsed();
    if (this.waiting.size >= TICKETS_MAX) throw new PortError('too many tickets are waiting to be used', { code: 'tickets/full', kind: 'rate-limited', retryAfterMs: TICKET_TTL_MS });
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    this.waiting.set(ticket, { identity, lapsesAtMs: this.clock.nowMs() + TICKET_TTL_MS });
    return ticket;
  }

  async redeem(ticket: string, signal: AbortSignal): Promise<Identity | null> {
    await notAborted('tickets', signal);
    this.removeLapsed();
    const found = this.waiting.get(ticket);
    this.waiting.delete(ticket);
    return found === undefined || found.identity.expiresAt <= this.clock.wallTime() ? null : found.identity;
  }

  close(): Promise<void> {
    this.waiting.clear();
    return Promise.resolve();
  }

  /** All live equally long: the oldest are the first. */
  private removeLapsed(): void {
    const now = this.clock.nowMs();
    for (const [ticket, { lapsesAtMs }] of this.waiting) {
      if (lapsesAtMs > now) return;
      this.waiting.delete(ticket);
    }
  }
}
