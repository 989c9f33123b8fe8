import { isPortError, type PortError } from '../../src/application/ports/port-error.js';
import type { CallLeg, CallOffer, LegEvent, OpenMediaOptions, OriginateRequest, QueueFailure, Telephony } from '../../src/application/ports/telephony.js';
import { legId } from '../../src/domain/shared/ids.js';

/** The other end of a leg, played by the test. */
export interface FarEnd {
  rings(): void;
  announces(): void;
  picksUp(): void;
  presses(digit: string): void;
  holds(): void;
  resumes(): void;
  hangsUp(causeCode?: number): void;
  /** Digits we have sent to it. */
  digitsHeard(): string;
  /** Its call is over. */
  isOver(): boolean;
}

export interface CallPlaced {
  readonly did?: string;
  readonly callerNumber?: string;
  readonly trunk?: string;
  readonly correlation?: string;
  readonly wideband?: boolean;
}

/** A telephony adapter with a network around it. */
export interface TelephonyWorld {
  readonly telephony: Telephony;
  /** Somebody calls us. */
  call(placed?: CallPlaced): FarEnd;
  /** Resolves with whoever is being called now, by `originate` or by a transfer. */
  nextDialled(): Promise<FarEnd>;
  /** Told before each transfer to an extension, for worlds that cannot know by themselves. */
  onExtensionTransfer(leg: CallLeg, exists: boolean): void;
  /** Told before each transfer to a queue what shall become of it. */
  onQueueTransfer(leg: CallLeg, fate: 'taken' | QueueFailure): Promise<void>;
  /** Objects, media legs and the like that are still there; empty when all is clean. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface TelephonyTraits {
  /** False for a fake that lets no time pass by itself. */
  readonly keepsTime: boolean;
  /** False when every leg is 8 kHz. */
  readonly wideband: boolean;
  /** What the world cannot play: a caller on hold, a caller with a wideband codec or of another trunk than `trunk`. Default: it can. */
  readonly cannotPlay?: ReadonlySet<'hold' | 'wideband' | 'trunks'>;
}

/** Aborts never. */
export const NEVER = new AbortController().signal;
export const VOICE: OpenMediaOptions = { preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } };
const UNTIL_MS = 10_000; // patience for a busy machine; nothing waits so long when all is well

export async function until(condition: () => boolean | Promise<boolean>, what = 'condition'): Promise<void> {
  const deadlineMs = Date.now() + UNTIL_MS;
  while (!await condition()) {
    if (Date.now() > deadlineMs) throw new Error(`waited too long: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 2); });
  }
}

/** The PortError that `work` fails with. */
export async function failure(work: Promise<unknown>): Promise<PortError> {
  try {
    await work;
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Records what happens on a leg, from its beginning. */
export function recorded(leg: Pick<CallLeg, 'onEvent'>): LegEvent[] {
  const events: LegEvent[] = [];
  leg.onEvent((event) => { events.push(event); });
  return events;
}

export function types(events: readonly LegEvent[]): string[] {
  return events.map(({ type }) => type);
}

export function has(events: readonly LegEvent[], type: LegEvent['type']): Promise<void> {
  return until(() => types(events).includes(type), type);
}

export function aRequest(fields: Partial<OriginateRequest> = {}): OriginateRequest {
  return { legId: legId('out-1'), destination: '4930999001', callerNumber: '4930555001', ringTimeoutMs: 20_000, ...fields };
}

/** One world per test, and the offers that came in it. */
export class TelephonyScene {
  readonly offers: CallOffer[] = [];

  constructor(readonly world: TelephonyWorld) {
    world.telephony.onOffer((offer) => { this.offers.push(offer); });
  }

  get telephony(): Telephony {
    return this.world.telephony;
  }

  /** Somebody calls, and we are told. */
  async offered(placed?: CallPlaced): Promise<{ leg: CallLeg; farEnd: FarEnd; offer: CallOffer }> {
    const before = this.offers.length;
    const farEnd = this.world.call(placed);
    await until(() => this.offers.length > before, 'the offer');
    const offer = this.offers[before]!;
    return { leg: offer.leg, farEnd, offer };
  }

  /** Ends every call. @returns what is left then, after some patience. */
  async end(): Promise<readonly string[]> {
    await Promise.all(this.offers.map(({ leg }) => leg.hangUp('normal')));
    await until(async () => (await this.world.leftovers()).length === 0).catch(() => undefined); // the caller asserts on what is left
    const left = await this.world.leftovers();
    await this.world.close();
    return left;
  }
}
