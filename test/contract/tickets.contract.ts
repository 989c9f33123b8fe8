import { expect } from 'chai';
import { TICKET_TTL_MS, type Tickets } from '../../src/application/ports/tickets.js';
import type { Identity } from '../../src/domain/access/identity.js';
import { tenantId } from '../../src/domain/shared/ids.js';

export interface TicketsUnderTest {
  readonly tickets: Tickets;
  /** Another node of the same gateway; the same one where there is none. */
  readonly elsewhere: Tickets;
  readonly wallTime: () => string;
  /** Lets `ms` of the tickets' time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What every Tickets promises. */
export function ticketsContract(make: () => Promise<TicketsUnderTest>): void {
  describe('keeps the contract of Tickets', () => {
    const signal = new AbortController().signal;
    let world: TicketsUnderTest;

    beforeEach(async () => { world = await make(); });
    afterEach(async () => {
      await world.tickets.close();
      await world.elsewhere.close();
    });

    const inMs = (ms: number): string => new Date(Date.parse(world.wallTime()) + ms).toISOString();
    const ada = (livesMs = 600_000): Identity => ({ subject: 'ada@example.com', role: 'operator', tenantId: tenantId('north-bank'), expiresAt: inMs(livesMs) });

    it('gives the identity back, whole, on any node', async () => {
      const root: Identity = { subject: 'root', role: 'platform', tenantId: null, expiresAt: inMs(600_000) };
      for (const identity of [ada(), root]) {
        expect(await world.elsewhere.redeem(await world.tickets.issue(identity, signal), signal)).to.deep.equal(identity);
      }
    });

    it('is good for one use, however many ask at once', async () => {
      const ticket = await world.tickets.issue(ada(), signal);
      const told = await Promise.all(Array.from({ length: 50 }, (_, number) => (number % 2 === 0 ? world.tickets : world.elsewhere).redeem(ticket, new AbortController().signal)));
      expect(told.filter((identity) => identity !== null)).to.have.lengthOf(1);
      expect(await world.tickets.redeem(ticket, signal)).to.equal(null);
    });

    it('is good until its time is over', async () => {
      const [used, late] = [await world.tickets.issue(ada(), signal), await world.tickets.issue(ada(), signal)];
      await world.pass(TICKET_TTL_MS - 2000);
      expect(await world.tickets.redeem(used, signal)).not.to.equal(null);
      await world.pass(4000);
      expect(await world.tickets.redeem(late, signal)).to.equal(null);
    });

    it('never counts for longer than the token it was asked for with', async () => {
      const ticket = await world.tickets.issue(ada(5000), signal);
      await world.pass(6000);
      expect(await world.tickets.redeem(ticket, signal)).to.equal(null);
    });

    it('cannot be guessed, and goes into a URL as it is', async () => {
      const issued = await Promise.all(Array.from({ length: 200 }, () => world.tickets.issue(ada(), new AbortController().signal)));
      expect(new Set(issued).size).to.equal(200);
      for (const ticket of issued) expect(ticket).to.match(/^[\w-]{22,64}$/u); // 22 such characters hold 128 bits
    });

    it('knows no ticket that it did not give out', async () => {
      for (const invented of ['', 'x', 'A'.repeat(32), '../../x', 'é'.repeat(32), 'x'.repeat(10_000)]) expect(await world.tickets.redeem(invented, signal)).to.equal(null);
    });

    it('tells who does not wait', async () => {
      const error: unknown = await world.tickets.issue(ada(), AbortSignal.abort()).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'tickets/aborted');
    });
  });
}
