import type { AsteriskTelephony } from '../../../src/adapters/asterisk/asterisk-telephony.js';
import type { CallLeg, CallOffer, Telephony } from '../../../src/application/ports/telephony.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { telephonyContract } from '../../contract/telephony.contract.js';
import { NEVER, until, type CallPlaced, type FarEnd, type TelephonyWorld } from '../../contract/telephony-scene.js';
import { AsteriskLine, type Adapter } from './asterisk-line.js';

/** Numbers that are called, by `originate` and by transfers; their calls come in here too, and are played by the test. */
const CALLED = /^\+?4930999/;
/** The one member of the queue `support`; the contract sends it on a break and calls it back. */
const QUEUE_MEMBER = 'Local/person@transfers/n';
let callsPlaced = 0;

/** The telephony under test, except that calls to the called numbers are kept for the test. */
function withoutCalled(telephony: AsteriskTelephony, onCalled: (offer: CallOffer) => void): Telephony {
  return {
    onOffer: (handler) => telephony.onOffer((offer) => { (CALLED.test(offer.dialledNumber) ? onCalled : handler)(offer); }),
    originate: (request, signal) => telephony.originate({ ...request }, signal),
    adopt: (request, signal) => telephony.adopt(request, signal),
    sweepAfter: (formerNode, signal) => telephony.sweepAfter(formerNode, signal),
    get ready() { return telephony.ready; },
    close: () => telephony.close(),
  };
}

function digitsOf(leg: CallLeg): () => string {
  let digits = '';
  leg.onEvent((event) => { if (event.type === 'dtmf') digits += event.digit; });
  return () => digits;
}

async function openWorld(line: AsteriskLine): Promise<TelephonyWorld> {
  const gateway = await line.gateway({ dialling: { template: line.inbound('{number}'), defaultTrunk: 'caller' } });
  const callers = await line.callers();
  const called: CallOffer[] = [];
  const everyCalled: CallOffer[] = [];
  const placed: Promise<CallLeg>[] = [];
  const { asterisk } = line;
  const act = (method: string, path: string): void => { void asterisk.request(method, path).catch(() => undefined); }; // it may be gone already
  return {
    telephony: withoutCalled(gateway.telephony, (offer) => {
      called.push(offer);
      everyCalled.push(offer);
    }),
    call: (fields = {}) => {
      const leg = placeCall(line, callers, fields);
      placed.push(leg);
      return callerSide(leg, (id, causeCode) => { act('DELETE', `channels/vg.sim.${id}.out?reason_code=${String(causeCode)}`); });
    },
    nextDialled: async () => {
      await until(() => called.length > 0, 'dialling');
      const { leg } = called.shift()!;
      const nothing = (): void => undefined;
      return {
        rings: () => { act('POST', `channels/${leg.id}/ring`); },
        announces: () => { act('POST', `channels/${leg.id}/progress`); },
        picksUp: () => { void leg.answer(NEVER); },
        hangsUp: (causeCode = 16) => { act('DELETE', `channels/${leg.id}?reason_code=${String(causeCode)}`); },
        presses: (digit) => { void leg.sendDtmf(digit, NEVER); },
        holds: nothing, resumes: nothing, digitsHeard: digitsOf(leg), isOver: () => leg.ended,
      };
    },
    onExtensionTransfer: () => undefined,
    onQueueTransfer: async (_leg, fate) => {
      await asterisk.cli(`queue ${fate === 'taken' ? 'unpause' : 'pause'} member ${QUEUE_MEMBER} queue support`);
    },
    leftovers: async () => {
      // Of the numbers that were called, the far ends are calls to us here; they end a moment after ours.
      const theirs = new Set<string>(everyCalled.map(({ leg }) => leg.id));
      return [...await line.gatewayObjects()].filter((id) => !theirs.has(id));
    },
    close: async () => {
      for (const leg of await Promise.all(placed)) await leg.hangUp('normal');
      for (const { leg } of everyCalled) await leg.hangUp('normal');
      await callers.telephony.close();
      await gateway.telephony.close();
    },
  };
}

function placeCall(line: AsteriskLine, callers: Adapter, { did = '4930555001', callerNumber = '4930777001', correlation }: CallPlaced): Promise<CallLeg> {
  callsPlaced += 1;
  return callers.telephony.originate({
    legId: legId(`contract-${String(callsPlaced)}`), destination: line.inbound(did), callerNumber, ringTimeoutMs: 20_000,
    ...(correlation === undefined ? {} : { correlationId: correlation }),
  }, NEVER);
}

function callerSide(placed: Promise<CallLeg>, hangUp: (id: string, causeCode: number) => void): FarEnd {
  let digits = '';
  let over = false;
  const answered = placed.then((leg) => new Promise<CallLeg>((resolve) => {
    leg.onEvent((event) => {
      if (event.type === 'dtmf') digits += event.digit;
      if (event.type === 'answered') resolve(leg);
      if (event.type === 'ended') over = true;
    });
  }));
  const nothing = (): void => undefined;
  return {
    // As a person does, once the answer is there: digits sent before it has reached the caller are lost now and then (seen with Asterisk 22.10).
    presses: (digit) => { void answered.then((leg) => leg.sendDtmf(digit, NEVER)); },
    hangsUp: (causeCode = 16) => { void placed.then((leg) => { hangUp(leg.id, causeCode); }); },
    digitsHeard: () => digits,
    isOver: () => over,
    rings: nothing, announces: nothing, picksUp: nothing, holds: nothing, resumes: nothing,
  };
}

describe('AsteriskTelephony on a real Asterisk', () => {
  let line: AsteriskLine;

  before(async () => { line = await AsteriskLine.open({ values: { VG_PERSON_S: '1' } }); });
  after(async () => { await line.close(); });

  telephonyContract(() => openWorld(line), { keepsTime: true, wideband: false, cannotPlay: new Set(['hold', 'wideband', 'trunks']) });
});
