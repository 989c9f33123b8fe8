import { expect } from 'chai';
import type { CallLeg, CallOffer } from '../../../src/application/ports/telephony.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { NEVER, until, VOICE } from '../../contract/telephony-scene.js';
import { AsteriskLine, type Adapter } from './asterisk-line.js';

const SECOND_APP = 'voice-gateway-b';
const CALLS = 10;

/** Two gateways on one real Asterisk, none of them the first of a chain: whoever claims a call has it. */
describe('Calls told to several gateways (StasisBroadcast) on a real Asterisk', () => {
  let line: AsteriskLine;
  let callers: Adapter;
  let placed: CallLeg[];
  const opened: Adapter[] = [];
  let made = 0;

  before(async () => {
    line = await AsteriskLine.open({ values: { VG_BROADCAST_APPS: '^voice-gateway', VG_AWAY_TONE_S: '0', VG_FALLBACK_APP: SECOND_APP } });
    callers = await line.callers();
  });
  after(async () => {
    await callers.telephony.close();
    await line.close();
  });
  beforeEach(() => { placed = []; });
  afterEach(async () => {
    await Promise.all(placed.map((leg) => leg.hangUp('normal')));
    for (const { telephony } of opened.splice(0)) await telephony.close();
  });

  const gateway = async (name: string, overrides: Parameters<AsteriskLine['gateway']>[0] = {}): Promise<{ readonly adapter: Adapter; readonly offers: CallOffer[] }> => {
    const adapter = await line.gateway({ app: name, node: name, ...overrides });
    opened.push(adapter);
    const offers: CallOffer[] = [];
    adapter.telephony.onOffer((offer) => { offers.push(offer); });
    return { adapter, offers };
  };
  const rings = async (): Promise<CallLeg> => {
    made += 1;
    const leg = await callers.telephony.originate({ legId: legId(`told-${made}`), destination: line.inbound('4930555001'), callerNumber: '4930777001', ringTimeoutMs: 20_000, correlationId: `edge-${made}` }, NEVER);
    placed.push(leg);
    return leg;
  };
  const claims = ({ metrics }: Adapter, outcome: string): number => metrics.value('ari_claims_total', { outcome });

  it('go to exactly one of them, with all that an offer says, and the other is told that it was too late', async () => {
    const [first, second] = [await gateway('voice-gateway'), await gateway(SECOND_APP)];
    await Promise.all(Array.from({ length: CALLS }, rings));
    await until(() => first.offers.length + second.offers.length === CALLS, 'all offers');
    await until(() => [first, second].every(({ adapter }) => claims(adapter, 'won') + claims(adapter, 'lost') === CALLS), 'all answers');
    expect(claims(first.adapter, 'won') + claims(second.adapter, 'won')).to.equal(CALLS);
    for (const { adapter, offers } of [first, second]) {
      expect(claims(adapter, 'won')).to.equal(offers.length);
      for (const offer of offers) {
        expect(offer).to.include({ dialledNumber: '4930555001', callerNumber: '4930777001', trunk: 'trunk', wideband: false, answered: false });
        expect(offer.correlationId).to.match(/^edge-\d+$/u);
      }
      expect(adapter.logger.messages('error')).to.deep.equal([]);
    }
    const [offer] = [...first.offers, ...second.offers];
    await Promise.all([offer!.leg.answer(NEVER), offer!.leg.openMedia(VOICE, NEVER)]);
    await until(() => placed.some((leg) => !leg.ended), 'an answered caller');
    await offer!.leg.hangUp('normal');
  });

  it('go to the other while one drains', async () => {
    const draining = await gateway('voice-gateway', { accepts: () => false });
    const other = await gateway(SECOND_APP);
    await rings();
    await until(() => other.offers.length === 1, 'the offer');
    expect(draining.offers).to.have.length(0);
    await until(() => claims(draining.adapter, 'declined') === 1, 'declined');
  });

  it('go down the chain of applications when nobody claims them', async () => {
    const only = await gateway(SECOND_APP, { accepts: () => false });
    await rings();
    await until(() => only.offers.length === 1, 'the offer');
    expect(claims(only.adapter, 'won')).to.equal(0);
    expect(only.offers[0]).to.include({ dialledNumber: '4930555001' });
  });

  it('that were missed while the socket was away are found in the application, with what the dialplan told of them', async () => {
    const only = await gateway(SECOND_APP);
    await rings();
    await until(() => only.offers.length === 1, 'the offer');
    await only.adapter.telephony.close(); // the channel stays in its application
    const next = await gateway(SECOND_APP, { node: 'later' });
    await until(() => next.offers.length === 1, 'the same call');
    expect(next.offers[0]).to.include({ dialledNumber: '4930555001', correlationId: `edge-${made}` });
    await next.offers[0]!.leg.hangUp('normal');
  });
});
