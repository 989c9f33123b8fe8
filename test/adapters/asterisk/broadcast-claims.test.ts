import { expect } from 'chai';
import type { AsteriskTelephony } from '../../../src/adapters/asterisk/asterisk-telephony.js';
import { until } from '../../contract/telephony-scene.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { APP, openAsteriskWorld, openTelephony, type AsteriskWorld } from './asterisk-world.js';

const OTHER = 'voice-gateway-b';

describe('A call that is told to several gateways', () => {
  let world: AsteriskWorld;
  let other: AsteriskTelephony | undefined;
  afterEach(async () => {
    await other?.close();
    other = undefined;
    await world.close();
  });

  const claims = (metrics: RecordingMetrics, outcome: string): number => metrics.value('ari_claims_total', { outcome });

  it('is offered by the one whose claim came first; the other hears nothing more of it', async () => {
    world = await openAsteriskWorld();
    const metrics = new RecordingMetrics();
    other = await openTelephony(world.ari, { app: OTHER, node: 'n2', metrics });
    await until(() => other?.ready === true, 'ready');
    const offers: string[] = [];
    for (const telephony of [world.telephony, other]) {
      telephony.onOffer((offer) => {
        offers.push(`${offer.dialledNumber} ${offer.correlationId}`);
        void offer.leg.hangUp('normal');
      });
    }
    world.ari.farEnd.isToldTo([APP, OTHER], { did: '4930555007', correlation: 'edge-1' });
    await until(() => claims(world.metrics, 'won') + claims(metrics, 'won') === 1 && claims(world.metrics, 'lost') + claims(metrics, 'lost') === 1, 'both answers');
    await until(() => world.ari.leftovers.channels.length === 0, 'the end');
    expect(offers).to.deep.equal(['4930555007 edge-1']);
  });

  it('is left to others by one that takes no calls, or has nobody yet who would', async () => {
    let accepts = false;
    world = await openAsteriskWorld({}, { accepts: () => accepts });
    const cancel = world.telephony.onOffer((offer) => { void offer.leg.hangUp('normal'); });
    world.ari.farEnd.isToldTo([APP]);
    await until(() => claims(world.metrics, 'declined') === 1, 'declined');
    cancel();
    accepts = true;
    world.ari.farEnd.isToldTo([APP]);
    await until(() => claims(world.metrics, 'declined') === 2, 'declined again');
    expect(world.ari.requests).not.to.include('POST events/claim');
    world.ari.world.channels.clear();
  });

  it('whose claim fails costs a line in the log', async () => {
    const logger = new RecordingLogger();
    world = await openAsteriskWorld({}, { logger });
    world.telephony.onOffer((offer) => { void offer.leg.hangUp('normal'); });
    world.ari.faults.push({ mode: 'allocation-failed', match: /claim$/u, times: 1 });
    world.ari.farEnd.isToldTo([APP]);
    await until(() => logger.messages('warn').includes('a call could not be claimed'), 'the line');
    world.ari.world.channels.clear();
  });
});
