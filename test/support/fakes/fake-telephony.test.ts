import { telephonyContract } from '../../contract/telephony.contract.js';
import { until, type FarEnd, type TelephonyWorld } from '../../contract/telephony-scene.js';
import type { TransferOutcome } from '../../../src/application/ports/telephony.js';
import type { FakeCallLeg } from './fake-call-leg.js';
import { FakeTelephony } from './fake-telephony.js';

type FailureReason = Extract<TransferOutcome, { kind: 'failed' }>['reason'];
const REASONS: Readonly<Record<number, FailureReason>> = { 17: 'busy', 19: 'no-answer', 21: 'rejected' };

/** The far end of a transfer in memory: what it does becomes the outcome. */
function transferTarget(leg: FakeCallLeg): FarEnd {
  let connected = false;
  const nothing = (): void => undefined;
  return {
    rings: nothing, announces: nothing, holds: nothing, resumes: nothing, presses: nothing, digitsHeard: () => '', isOver: () => leg.ended,
    picksUp: () => {
      connected = true;
      leg.completeTransfer({ kind: 'connected' });
    },
    hangsUp: (causeCode = 16) => {
      if (connected) leg.farEnd.hangsUp(16);
      else leg.completeTransfer({ kind: 'failed', reason: REASONS[causeCode] ?? 'unreachable' });
    },
  };
}

function farEndOf(leg: FakeCallLeg): FarEnd {
  return { ...leg.farEnd, digitsHeard: () => leg.digitsSent.join(''), isOver: () => leg.ended && !leg.wasLetGo };
}

function openWorld(): Promise<TelephonyWorld> {
  const telephony = new FakeTelephony();
  const dialled = new Set<unknown>();
  const isNew = (thing: unknown): boolean => !dialled.has(thing);
  const nextTransfer = (): FakeCallLeg | undefined => telephony.legs.find((leg) => leg.transfers.some(isNew));
  const nextPlaced = (): FakeCallLeg | undefined => telephony.legs.find((leg) => leg.direction === 'outgoing' && isNew(leg));
  return Promise.resolve({
    telephony,
    call: ({ did, correlation, ...rest } = {}) => farEndOf(telephony.offer({
      ...rest, ...(did === undefined ? {} : { dialledNumber: did }), ...(correlation === undefined ? {} : { correlationId: correlation }),
    })),
    nextDialled: async () => {
      await until(() => nextTransfer() !== undefined || nextPlaced() !== undefined, 'dialling');
      const placed = nextPlaced();
      if (placed) {
        dialled.add(placed);
        return farEndOf(placed);
      }
      const leg = nextTransfer()!;
      for (const target of leg.transfers) dialled.add(target);
      return transferTarget(leg);
    },
    onExtensionTransfer: (leg, exists) => {
      const fake = telephony.legs.find(({ id }) => id === leg.id)!;
      fake.transferOutcome = exists ? { kind: 'handed-over' } : { kind: 'failed', reason: 'unreachable' };
    },
    leftovers: () => Promise.resolve(telephony.legs.filter((leg) => leg.ended && leg.media?.closed === false).map((leg) => leg.id)),
    close: () => telephony.close(),
  });
}

describe('FakeTelephony', function () {
  this.timeout(20_000);
  telephonyContract(openWorld, { keepsTime: false, wideband: true });
});
