import { expect } from 'chai';
import { DEFAULT_KINDS } from '../../../src/domain/outbound/destination-policy.js';
import { DEFAULT_OUTBOUND_LIMITS, type OutboundSettings } from '../../../src/domain/outbound/outbound-settings.js';
import { isPlacingRefusal, type Placed, type Placing, type PlacingRequest } from '../../../src/domain/outbound/placing.js';
import { agentId, tenantId } from '../../../src/domain/shared/ids.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { Switchboard, type SwitchboardOptions } from './switchboard.js';

/* A switchboard whose tenant may call Germany. */

export const TENANT = tenantId('north-bank');
export const TO = '+493012345678';
export const LIMITS = { ...DEFAULT_OUTBOUND_LIMITS, callsPerSecondMax: 100 };
export const OUTBOUND: OutboundSettings = { countries: ['DE'], kinds: DEFAULT_KINDS, allowedPrefixes: [], deniedPrefixes: [], homeCountry: 'DE', limits: LIMITS };

export function boardFor(options: SwitchboardOptions = {}): Switchboard {
  return new Switchboard({ ...options, tenant: { outbound: OUTBOUND, ...options.tenant } });
}

export function asked(board: Switchboard, deviations: Partial<PlacingRequest> = {}): Promise<Placing> {
  return board.placeCall.execute({ tenantId: TENANT, agentId: agentId('card-delivery'), to: TO, ...deviations }, new AbortController().signal);
}

export async function placed(board: Switchboard, deviations: Partial<PlacingRequest> = {}): Promise<{ readonly leg: FakeCallLeg; readonly placing: Placed }> {
  const placing = await asked(board, deviations);
  if (isPlacingRefusal(placing)) throw new Error(`refused: ${placing.refused}`);
  return { leg: board.telephony.legs.at(-1)!, placing };
}

/** Code and detail of the refusal. */
export async function refused(board: Switchboard, deviations: Partial<PlacingRequest> = {}): Promise<string> {
  const placing = await asked(board, deviations);
  return isPlacingRefusal(placing) ? [placing.refused, placing.detail].filter((part) => part !== null).join(': ') : 'placed';
}

/** Nothing is held by a call that is over or came to nothing. */
export async function expectNothingHeld(board: Switchboard): Promise<void> {
  await board.clock.settle();
  expect(board.registry.size, 'calls').to.equal(0);
  expect((await board.quota.use(TENANT, new AbortController().signal)).concurrent, 'reservations').to.equal(0);
  expect(board.registry.refusal(TENANT, 1), 'places').to.equal(null);
  expect(board.clock.pending, 'timers').to.equal(0);
}
