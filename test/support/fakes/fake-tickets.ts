import type { Tickets } from '../../../src/application/ports/tickets.js';
import type { Identity } from '../../../src/domain/access/identity.js';

/** Tickets counted from 1, without an end. */
export class FakeTickets implements Tickets {
  private readonly open = new Map<string, Identity>();
  private issued = 0;

  issue(identity: Identity): Promise<string> {
    const ticket = `ticket-${this.issued += 1}`;
    this.open.set(ticket, identity);
    return Promise.resolve(ticket);
  }

  redeem(ticket: string): Promise<Identity | null> {
    const identity = this.open.get(ticket) ?? null;
    this.open.delete(ticket);
    return Promise.resolve(identity);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
