import { telephonyContract } from '../../contract/telephony.contract.js';
import { until, type FarEnd, type TelephonyWorld } from '../../contract/telephony-scene.js';
import type { DialFailure } from '../../../src/application/ports/telephony.js';
import type { FakeConsultation } from './fake-consultation.js';
import type { FakeCallLeg } from './fake-call-leg.js';
import { FakeTelephony } from './fake-telephony.js';

const REASONS: Readonly<Record<number, DialFailure>> = { 17: 'busy', 19: 'no-answer', 21: 'rejected' };

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
      else leg.completeTransfer({ kind: 'failed', reason: REASONS[causeCode] ?? 'unreachable', causeCode });
    },
  };
}

/** Somebody who is called to be asked. */
function askedPerson(consultation: FakeConsultation): FarEnd {
  let hungUp = false;
  return {
    ...farEndOf(consultation.leg),
    picksUp: () => { consultation.picksUp(); },
    hangsUp: (causeCode = 16) => {
      hungUp = true;
      if (!consultation.leg.answered) consultation.fails(REASONS[causeCode] ?? 'unreachable', causeCode);
      else consultation.hangsUp();
    },
    isOver: () => hungUp || consultation.callerIsGone || farEndOf(consultation.leg).isOver(),
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
  const nextAsked = (): FakeConsultation | undefined => telephony.legs.flatMap(({ consultations }) => consultations).find(isNew);
  const nextPlaced = (): FakeCallLeg | undefined => telephony.legs.find((leg) => leg.direction === 'outgoing' && isNew(leg));
  return Promise.resolve({
    telephony,
    call: ({ did, correlation, ...rest } = {}) => farEndOf(telephony.offer({
      ...rest, ...(did === undefined ? {} : { dialledNumber: did }), ...(correlation === undefined ? {} : { correlationId: correlation }),
    })),
    nextDialled: async () => {
      await until(() => nextTransfer() !== undefined || nextPlaced() !== undefined || nextAsked() !== undefined, 'dialling');
      const asked = nextAsked();
      if (asked) {
        dialled.add(asked);
        return askedPerson(asked);
      }
      const placed = nextPlaced();
      if (placed) {
        dialled.add(placed);
        return farEndOf(placed);
      }
      const leg = nextTransfer()!;
      for (const target of leg.transfers) dialled.add(target);
      return transferTarget(leg);
    },
    onQueueTransfer: (leg, fate) => {
      telephony.legs.find(({ id }) => id === leg.id)!.transferOutcome = fate === 'taken' ? { kind: 'handed-over' } : { kind: 'failed', reason: fate };
      return Promise.resolve();
    },
    onExtensionTransfer: (leg, exists) => {
      const fake = telephony.legs.find(({ id }) => id === leg.id)!;
      fake.transferOutcome = exists ? { kind: 'handed-over' } : { kind: 'failed', reason: 'unreachable' };
    },
    leftovers: () => Promise.resolve(telephony.legs.filter((leg) => leg.ended && leg.media?.closed === false).map((leg) => leg.id)),
    close: () => telephony.close(),
  });
}

describe('FakeTelephony', () => {
  telephonyContract(openWorld, { keepsTime: false, wideband: true });
});
