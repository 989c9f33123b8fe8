import { expect } from 'chai';
import { isPortError } from '../../src/application/ports/port-error.js';
import type { PublishedEvents } from '../../src/application/ports/published-events.js';
import type { EventBody } from '../../src/domain/shared/domain-event.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { type CallId, callId, tenantId } from '../../src/domain/shared/ids.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';

export interface PublishedEventsUnderTest {
  readonly published: PublishedEvents;
  readonly publish: (event: DomainEvent) => void;
  /** Ids of the events that are kept, in their order; those published before are among them. */
  readonly kept: () => Promise<readonly string[]>;
  readonly dispose: () => Promise<void>;
}

const BANK = tenantId('north-bank');
const GRILL = tenantId('harbour-grill');

/** The start of a call, as its event tells it. */
export function started(callerNumber: string, calleeNumber = '+4930555000'): EventBody {
  return { type: 'call.started', direction: 'inbound', callerNumber, calleeNumber, agentId: 'front-desk', trunk: 'provider', correlationId: '' };
}

/** What every PublishedEvents promises. */
export function publishedEventsContract(make: () => Promise<PublishedEventsUnderTest>): void {
  describe('keeps the contract of PublishedEvents', () => {
    const { signal } = new AbortController();
    const [theirs, called, another, foreign] = [1, 2, 3, 4].map((call) => callId(`01JCERASE${String(call).padStart(17, '0')}`)) as [CallId, CallId, CallId, CallId];
    let under: PublishedEventsUnderTest;
    let published: PublishedEvents;
    let all: DomainEvent[];

    const publish = (of: CallId, body: EventBody, tenant = BANK): DomainEvent => {
      const event = aDomainEvent(body, { callId: of, tenantId: tenant });
      all.push(event);
      under.publish(event);
      return event;
    };
    const idsBut = (...gone: readonly CallId[]): readonly string[] => all.filter((event) => !gone.includes(event.callId)).map(({ id }) => id);

    beforeEach(async () => {
      all = [];
      under = await make();
      ({ published } = under);
      publish(theirs, started('+49 30 777-001'));
      publish(another, started('+4930777002'));
      publish(foreign, started('+4930777001'), GRILL);
      publish(called, started('+4915112345', '4930777001'));
      publish(theirs, { type: 'call.answered', setupMs: 3 });
      publish(another, { type: 'call.answered', setupMs: 3 });
      publish(foreign, { type: 'call.answered', setupMs: 3 }, GRILL);
    });
    afterEach(() => under.dispose());

    it('knows whose calls there were, however the number is written, those of other tenants apart', async () => {
      expect(new Set(await published.callsOf(BANK, '0049-30'.slice(2) + '777001', signal))).to.deep.equal(new Set([theirs, called]));
      expect(await published.callsOf(BANK, '+493077700', signal), 'the beginning of a number is another').to.deep.equal([]);
      expect(await published.callsOf(BANK, '()', signal), 'no digits are nobody').to.deep.equal([]);
      expect(await published.callsOf(GRILL, '4930777001', signal)).to.deep.equal([foreign]);
    });

    it('takes out what there is of calls, and nothing else, in the order it was', async () => {
      expect(await published.erase(BANK, new Set([theirs, called]), signal)).to.equal(3);
      expect(await under.kept()).to.deep.equal(idsBut(theirs, called));
      expect(await published.callsOf(BANK, '+4930777001', signal)).to.deep.equal([]);
      expect(await published.erase(BANK, new Set([theirs, called]), signal), 'there is nothing left').to.equal(0);
    });

    it('leaves the calls of another tenant alone, whatever ids it is given', async () => {
      expect(await published.erase(BANK, new Set([foreign, callId('01JCERASE00000000000000099')]), signal)).to.equal(0);
      expect(await under.kept()).to.deep.equal(idsBut());
    });

    it('keeps out what comes late of an erased call, but not that its recording was erased', async () => {
      const before = publish(theirs, { type: 'recording.erased', recordingId: '01JC', cause: 'retention' });
      expect(await published.erase(BANK, new Set([theirs]), signal)).to.equal(2);
      publish(theirs, { type: 'caller.silent', attempt: 1 });
      const proof = publish(theirs, { type: 'recording.erased', recordingId: '01JC', cause: 'subject' });
      publish(another, { type: 'caller.silent', attempt: 1 });
      expect(await under.kept()).to.deep.equal(all.filter(({ id, callId: of }) => of !== theirs || id === before.id || id === proof.id).map(({ id }) => id));
    });

    it('says that its time was up', async () => {
      for (const act of [(limit: AbortSignal) => published.callsOf(BANK, '4930777001', limit), (limit: AbortSignal) => published.erase(BANK, new Set([theirs]), limit)]) {
        const failure: unknown = await act(AbortSignal.abort()).then(() => null, (error: unknown) => error);
        expect(isPortError(failure) && failure.code).to.equal('events/timeout');
      }
      expect(await under.kept()).to.deep.equal(idsBut());
    });
  });
}
