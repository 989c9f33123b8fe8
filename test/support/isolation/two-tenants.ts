import { callId, legId, tenantId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../builders/a-call.js';
import type { FakeApplication } from '../fakes/fake-application.js';

/** The tenant that asks, and the one whose things it must never see. */
export const OWN_TENANT = tenantId('north-bank');
export const FOREIGN_TENANT = tenantId('harbour-grill');

/** In every text of the foreign tenant. */
const CANARY = 'canary';

export interface Ids {
  /** Of the tenant that asks. */
  readonly own: string;
  /** Of the other tenant. */
  readonly foreign: string;
  /** Of nothing; of the same form. */
  readonly unknown: string;
}

/**
 * Values of every parameter or property of a request that names a thing of a tenant, by its name. Add to it with each new name: an
 * operation that has a parameter in its path, or anything ending in Id, that is not here fails the test.
 */
export const IDS: Readonly<Record<string, Ids>> = {
  tenantId: { own: OWN_TENANT, foreign: FOREIGN_TENANT, unknown: 'no-such-tenant' },
  callId: { own: '01JCTEST000000000000000001', foreign: '01JCTEST00000000000FORE1GN', unknown: '01JCTEST0000000000N0TH1NG0' },
};

const FOREIGN_NUMBER = '+442079460999';

/** What no answer to the other tenant may contain. */
export const CANARIES: readonly string[] = [CANARY, FOREIGN_NUMBER.slice(1), ...Object.values(IDS).map(({ foreign }) => foreign)];

/**
 * Things of both tenants, as new: they are put back before every request. Add to it what a new operation reads; each text of the
 * foreign tenant contains the canary, each number is the foreign one.
 */
export function seedTwoTenants(application: FakeApplication): void {
  application.calls = [
    aCallRecord({ callId: callId(IDS['callId']?.own ?? ''), tenantId: OWN_TENANT }),
    aCallRecord({
      callId: callId(IDS['callId']?.foreign ?? ''), tenantId: FOREIGN_TENANT, channelId: legId(`${CANARY}.1`), callerNumber: FOREIGN_NUMBER, calleeNumber: FOREIGN_NUMBER,
      endReason: null, sttProvider: CANARY, ttsProvider: CANARY, metadata: { trunk: CANARY, correlationId: CANARY },
    }),
  ];
}

/** In what happens to the own tenant: a stream that shows it has shown all before it. */
export const OWN_MARK = 'the-own-tenant-has-seen-it';

/** Lets something happen to the foreign tenant, then something with OWN_MARK to the own one. Add to it what a new stream shows. */
export type Happen = (application: FakeApplication) => void;
export const happenToBoth: Happen = () => undefined;
