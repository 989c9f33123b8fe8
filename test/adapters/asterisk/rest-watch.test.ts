import { expect } from 'chai';
import type { CallOffer } from '../../../src/application/ports/telephony.js';
import { failure, NEVER, until, VOICE } from '../../contract/telephony-scene.js';
import type { FaultMode } from '../../support/servers/fake-ari.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const TIMINGS = { requestTimeoutMs: 200, probeIntervalMs: 30 };

describe('Asterisk that answers no requests while its event socket lives', () => {
  let world: AsteriskWorld;

  beforeEach(async () => {
    world = await openAsteriskWorld({ openRtpPeer: () => Promise.resolve({ host: '127.0.0.1', port: 32_100, close: () => undefined }) }, { timings: TIMINGS });
  });
  afterEach(async () => { await world.close(); });

  const offered = async (): Promise<CallOffer> => {
    const offer = new Promise<CallOffer>((resolve) => { world.telephony.onOffer(resolve); });
    world.ari.call(APP);
    return offer;
  };

  for (const mode of ['hang', 'reset', 'html', 'unavailable'] satisfies readonly FaultMode[]) {
    it(`("${mode}") is not ready, until it answers again, and a call that rings meanwhile is set up then`, async () => {
      const { leg } = await offered();
      world.ari.faults.push({ mode });
      const opening = leg.openMedia(VOICE, NEVER);
      await until(() => !world.telephony.ready, 'not ready');
      expect(world.telephony.status).to.equal('not answering');
      const answering = leg.answer(NEVER);
      world.ari.faults.length = 0;
      await until(() => world.telephony.ready, 'ready');
      await Promise.all([opening, answering]);
      expect(world.ari.world.bridges.get(`vg.${NODE}.${leg.id}.br`)!.channelIds.size).to.equal(2);
      expect(world.logger.messages('warn')).to.deep.equal(['asterisk does not answer requests']);
      await leg.hangUp('normal');
      expect(await world.leftovers()).to.deep.equal([]);
    });
  }

  it('has carried out what it did not answer: the channel that was made is used', async () => {
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'lost-answer', match: /externalMedia/, times: 1 });
    await leg.openMedia(VOICE, NEVER);
    expect(world.plane.legs[0]!.pinnedTo).to.deep.equal(['127.0.0.1:32100']);
    expect(world.ari.requests.filter((request) => request === 'POST channels/externalMedia')).to.have.length(2);
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('stays ready when one request alone found no answer', async () => {
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'reset', match: /answer$/, times: 2 }); // on a socket that was kept the request is made again at once
    let wasReady = true;
    const watch = setInterval(() => { wasReady &&= world.telephony.ready; }, 1);
    await leg.answer(NEVER);
    clearInterval(watch);
    expect(wasReady).to.equal(true);
    await leg.hangUp('normal');
  });

  it('is asked for a call no longer than its setting up may take', async () => {
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'unavailable' });
    expect((await failure(leg.openMedia(VOICE, AbortSignal.timeout(300)))).code).to.equal('telephony/aborted');
    world.ari.faults.length = 0;
    await leg.hangUp('congestion');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('is asked by nobody any more when the adapter is closed', async () => {
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'unavailable' });
    leg.answer(NEVER).catch(() => undefined);
    await until(() => !world.telephony.ready, 'not ready');
    await world.telephony.close();
    const { length } = world.ari.requests;
    await new Promise((resolve) => { setTimeout(resolve, TIMINGS.probeIntervalMs * 4); });
    expect(world.ari.requests).to.have.length(length);
  });
});
