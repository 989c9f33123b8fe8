/**
 * Telephony in memory, for tests of the application. The test is the outside
 * world: it lets calls ring (`offer`), and plays the far end of each leg
 * (`leg.farEnd.picksUp()`, `.presses('5')`, `.hangsUp()`).
 *
 * It keeps the port's contract (test/contract/telephony.contract.ts runs over
 * it), and it does nothing by itself: no timer, no thread. An outgoing leg
 * rings for ever until the test says otherwise.
 */
import type { Cancel, Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { AdoptedLeg, AdoptionRequest, CallOffer, OriginateRequest, Telephony } from '../../../src/application/ports/telephony.js';
import { legId, type LegId } from '../../../src/domain/shared/ids.js';
import { FakeCallLeg } from './fake-call-leg.js';

export type OfferFields = Partial<Omit<CallOffer, 'leg'>> & { readonly legId?: LegId };

export class FakeTelephony implements Telephony {
  /** Set to false to play an Asterisk that is away: `originate` then fails with telephony/unavailable. */
  ready = true;
  /** Every leg there ever was, oldest first. */
  readonly legs: FakeCallLeg[] = [];
  /** What was asked of `originate`, oldest first. */
  readonly originations: OriginateRequest[] = [];
  /** The next `originate` throws this. */
  originateFailure: PortError | undefined;
  closed = false;
  private handler: ((offer: CallOffer) => void) | undefined;

  /** With a clock the media of its legs moves with it; without one it stands still until the test calls `pass`. */
  constructor(private readonly clock?: Clock) {}

  onOffer(handler: (offer: CallOffer) => void): Cancel {
    this.handler = handler;
    return () => { if (this.handler === handler) this.handler = undefined; };
  }

  /** A call rings. Returns its leg; what the handler makes of it is up to the code under test. */
  offer(fields: OfferFields = {}): FakeCallLeg {
    const { legId: id, ...rest } = fields;
    const leg = this.remember(new FakeCallLeg(id ?? legId(`leg-${String(this.legs.length + 1)}`), 'incoming', fields.wideband ?? false, this.clock));
    const offer: CallOffer = {
      leg, dialledNumber: '4930555001', callerNumber: '4930777001', callerName: '', trunk: 'trunk',
      correlationId: '', wideband: false, offeredAtMs: 0, answered: false, ...rest,
    };
    this.present(offer, leg);
    return leg;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing, as the port's methods do
  async originate(request: OriginateRequest, signal: AbortSignal): Promise<FakeCallLeg> {
    signal.throwIfAborted();
    const failure = this.originateFailure ?? this.refusalOf(request);
    this.originateFailure = undefined;
    if (failure) throw failure;
    this.originations.push(request);
    return this.remember(new FakeCallLeg(request.legId, 'outgoing', false, this.clock));
  }

  /** What a node that has died had: legs the test lets `adopt` find, by leg id. */
  readonly orphans = new Map<LegId, { readonly connected: boolean }>();
  /** Nodes that were swept after. */
  readonly swept: string[] = [];

  async adopt({ legId: id }: AdoptionRequest, signal: AbortSignal): Promise<AdoptedLeg> {
    signal.throwIfAborted();
    if (!this.ready) throw new PortError('telephony is away', { code: 'telephony/unavailable', kind: 'unavailable' });
    if (this.legs.some((leg) => leg.id === id)) throw new PortError('this process has that leg', { code: 'telephony/duplicate-leg', kind: 'rejected' });
    const orphan = this.orphans.get(id);
    if (orphan === undefined) throw new PortError('the leg has ended', { code: 'telephony/not-found', kind: 'not-found' });
    this.orphans.delete(id);
    const leg = this.remember(new FakeCallLeg(id, 'incoming', false, this.clock));
    await leg.answer(signal);
    return { leg, connected: orphan.connected };
  }

  async sweepAfter(formerNode: string, signal: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.swept.push(formerNode);
  }

  /** Legs that have not ended. Empty at the end of a clean test. */
  get liveLegs(): readonly FakeCallLeg[] {
    return this.legs.filter((leg) => !leg.ended);
  }

  close(): Promise<void> {
    this.closed = true;
    this.ready = false;
    this.handler = undefined;
    return Promise.resolve();
  }

  private present(offer: CallOffer, leg: FakeCallLeg): void {
    try {
      if (!this.handler) throw new Error('no offer handler');
      this.handler(offer);
    } catch {
      void leg.hangUp('congestion'); // as the port says: a throw rejects that call
    }
  }

  private refusalOf(request: OriginateRequest): PortError | undefined {
    if (!this.ready) return new PortError('telephony is away', { code: 'telephony/unavailable', kind: 'unavailable' });
    if (this.legs.some((leg) => leg.id === request.legId)) {
      return new PortError('a leg of this id exists', { code: 'telephony/duplicate-leg', kind: 'rejected' });
    }
    return undefined;
  }

  private remember(leg: FakeCallLeg): FakeCallLeg {
    this.legs.push(leg);
    return leg;
  }
}
