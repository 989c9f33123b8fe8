import { expect } from 'chai';
import type { CallLeg, CallOffer } from '../../../src/application/ports/telephony.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { failure, NEVER, recorded, types, until, VOICE } from '../../contract/telephony-scene.js';
import { FakeMediaPlane } from '../../support/fakes/fake-media-plane.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

describe('Media and channels of an Asterisk leg', () => {
  let world: AsteriskWorld;

  const open = async (...options: Parameters<typeof openAsteriskWorld>): Promise<void> => { world = await openAsteriskWorld(...options); };
  const offered = async (): Promise<CallOffer> => {
    const offer = new Promise<CallOffer>((resolve) => { world.telephony.onOffer(resolve); });
    world.ari.call(APP);
    return offer;
  };

  afterEach(async () => { await world.close(); });

  it('is a bridge that hears digits, with the caller and a channel to our address in it', async () => {
    await open({ openRtpPeer: () => Promise.resolve({ host: '127.0.0.1', port: 32_100, close: () => undefined }) });
    const { leg } = await offered();
    await leg.openMedia(VOICE, NEVER);
    const bridge = world.ari.world.bridges.get(`vg.${NODE}.${leg.id}.br`)!;
    const external = world.ari.world.channels.get(`vg.${NODE}.${leg.id}.em`)!;
    expect(bridge.type).to.equal('mixing,dtmf_events');
    expect([...bridge.channelIds].sort()).to.deep.equal([leg.id, external.id].sort());
    expect(external.endpoint).to.equal('127.0.0.1:33999');
    expect(world.plane.legs[0]!.pinnedTo).to.deep.equal(['127.0.0.1:32100']);
    expect(world.plane.legs[0]!.options).to.deep.include({ codec: 'ulaw', mediaTimeoutMs: 10_000 });
    await leg.hangUp('normal');
  });

  it('sends nothing to an address that is not trusted, and says which setting is meant', async () => {
    const plane = new FakeMediaPlane();
    await open({ openRtpPeer: () => Promise.resolve({ host: '10.0.0.9', port: 32_100, close: () => undefined }) },
      { media: { plane, advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000, trusts: (address) => address.startsWith('127.') } });
    const { leg } = await offered();
    expect(await failure(leg.openMedia(VOICE, NEVER))).to.deep.include({ code: 'telephony/refused' });
    expect(plane.legs[0]!.pinnedTo).to.deep.equal([]);
    await leg.hangUp('normal');
  });

  it('is pinned to the address configured when what Asterisk says is wrong from here', async () => {
    const plane = new FakeMediaPlane();
    await open({ openRtpPeer: () => Promise.resolve({ host: '172.17.0.2', port: 32_100, close: () => undefined }) },
      { media: { plane, advertisedHost: '10.0.0.5', peerHost: '10.0.0.9', mediaTimeoutMs: 10_000 } });
    const { leg } = await offered();
    await leg.openMedia(VOICE, NEVER);
    expect(plane.legs[0]!.pinnedTo).to.deep.equal(['10.0.0.9:32100']);
    expect(world.ari.world.channels.get(`vg.${NODE}.${leg.id}.em`)!.endpoint).to.equal('10.0.0.5:33999');
    await leg.hangUp('normal');
  });

  it('makes the bridge and the channel at the same time', async () => {
    await open();
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'slow', match: /POST (bridges\/[^/]+|channels\/externalMedia)$/, delayMs: 1000 });
    const startedAtMs = performance.now();
    await leg.openMedia(VOICE, NEVER);
    expect(performance.now() - startedAtMs).to.be.within(990, 1950);
    await leg.hangUp('normal');
  });

  it('waits for a channel that enters late instead of failing', async () => {
    await open({ entry: 'after', entryDelayMs: 300 });
    const { leg } = await offered();
    await leg.openMedia(VOICE, NEVER);
    expect(world.ari.world.bridges.get(`vg.${NODE}.${leg.id}.br`)!.channelIds.size).to.equal(2);
    await leg.hangUp('normal');
  });

  it('fails when every media leg is taken, and the leg lives on', async () => {
    await open({}, { media: { plane: new FakeMediaPlane(33_999, 0), advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000 } });
    const { leg } = await offered();
    expect((await failure(leg.openMedia(VOICE, NEVER))).code).to.equal('media/capacity');
    expect(leg.ended).to.equal(false);
    await leg.hangUp('congestion');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('that could not be opened leaves nothing but the bridge, and the caller can still be transferred', async () => {
    await open();
    world.ari.faults.push({ mode: 'allocation-failed', match: /externalMedia/ });
    const { leg } = await offered();
    await leg.answer(NEVER);
    expect((await failure(leg.openMedia(VOICE, NEVER))).code).to.equal('telephony/refused');
    await until(() => world.plane.openLegs.length === 0, 'media leg closed');
    const transfer = leg.transfer({ kind: 'number', number: '4930999001', ringTimeoutMs: 5000 }, NEVER);
    (await world.nextDialled()).picksUp();
    expect(await transfer).to.deep.equal({ kind: 'connected' });
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('says so when Asterisk ends the channel of a living leg', async () => {
    await open();
    const { leg } = await offered();
    await leg.openMedia(VOICE, NEVER);
    world.ari.world.hangUp(world.ari.world.channels.get(`vg.${NODE}.${leg.id}.em`)!, 16, 'far-end');
    await until(() => world.logger.messages('warn').includes('asterisk ended the media channel of a living leg'), 'warning');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('sets the caller\'s number on whom it is transferred to, and dials by the configured template', async () => {
    await open({}, { dialling: { template: 'PJSIP/{number}@{trunk}', defaultTrunk: 'outbound' } });
    const { leg } = await offered();
    await leg.answer(NEVER);
    const transfer = leg.transfer({ kind: 'number', number: '+4930999001', ringTimeoutMs: 5000 }, NEVER);
    const target = await world.nextDialled();
    const channel = world.ari.world.channels.get(`vg.${NODE}.${leg.id}.out1`)!;
    expect(channel.endpoint).to.equal('PJSIP/+4930999001@outbound');
    expect(channel.variables).to.deep.equal({ 'CONNECTEDLINE(num,i)': '4930777001' });
    target.picksUp();
    await transfer;
    await leg.hangUp('normal');
  });

  it('is removed after the request that makes it, not before: nothing is left to chance or to the sweep', async () => {
    await open();
    const { leg } = await offered();
    world.ari.faults.push({ mode: 'slow', match: /externalMedia/, delayMs: 150 });
    const opening = failure(leg.openMedia(VOICE, NEVER));
    await until(() => world.ari.requests.includes('POST channels/externalMedia'), 'request');
    world.ari.farEnd.hangsUp(world.ari.world.channels.get(leg.id)!);
    expect((await opening).code).to.equal('telephony/not-found');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
    expect(world.metrics.value('orphans_reaped_total')).to.equal(0);
  });

  it('ends with the leg when the number it was handed to hangs up in the same moment', async () => {
    await open();
    const { leg } = await offered();
    await leg.answer(NEVER);
    await leg.openMedia(VOICE, NEVER);
    world.ari.farEnd.onDialled = (channel) => {
      world.ari.farEnd.answers(channel);
      world.ari.hooks = { after: (request) => {
        if (!request.endsWith('/addChannel')) return;
        world.ari.hooks = {};
        world.ari.farEnd.hangsUp(channel);
      } };
    };
    await leg.transfer({ kind: 'number', number: '4930999001', ringTimeoutMs: 5000 }, NEVER);
    await until(() => leg.ended, 'both hang up together');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('is not dialled twice when the answer to the first request was lost', async () => {
    await open({}, { timings: { originateTimeoutMs: 200 } });
    world.ari.faults.push({ mode: 'lost-answer', match: /dial$/, times: 1 });
    const request = { legId: legId('campaign-7'), destination: '4930999001', callerNumber: '', ringTimeoutMs: 5000 };
    expect((await failure(world.telephony.originate(request, NEVER))).code).to.equal('telephony/timeout');
    expect((await failure(world.telephony.originate(request, NEVER))).code).to.equal('telephony/duplicate-leg');
    await until(async () => (await world.leftovers()).length === 0, 'removed');
    expect(world.ari.requests.filter((made) => made.endsWith('/dial'))).to.have.lengthOf(1);
  });

  it('may be asked for again when the first request did not get through', async () => {
    await open();
    const request = { legId: legId('campaign-8'), destination: '4930999001', callerNumber: '', ringTimeoutMs: 5000 };
    world.ari.faults.push({ mode: 'allocation-failed', match: /create$/, times: 1 });
    expect((await failure(world.telephony.originate(request, NEVER))).code).to.equal('telephony/unreachable');
    await until(() => world.ari.requests.length > 0);
    let leg: CallLeg | undefined;
    await until(async () => {
      leg = await world.telephony.originate(request, NEVER).catch(() => undefined); // the first is being forgotten
      return leg !== undefined;
    }, 'second request');
    await leg?.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('are one call with one end when every event comes three times', async () => {
    await open({ eventCopies: 3 });
    const offers: CallOffer[] = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
    world.ari.call(APP);
    await until(() => offers.length > 0, 'the offer');
    const { leg } = offers[0]!;
    const events = recorded(leg);
    await Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)]);
    const transfer = leg.transfer({ kind: 'number', number: '4930999001', ringTimeoutMs: 5000 }, NEVER);
    (await world.nextDialled()).picksUp();
    expect(await transfer).to.deep.equal({ kind: 'connected' });
    world.ari.farEnd.hangsUp(world.ari.world.channels.get(leg.id)!);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(offers).to.have.lengthOf(1);
    expect(types(events)).to.deep.equal(['answered', 'ended']);
    expect(await world.leftovers()).to.deep.equal([]);
    expect(world.metrics.value('orphans_reaped_total')).to.equal(0);
  });

  it('holds 300 calls at once and leaves nothing', async () => {
    await open({}, { timings: { requestTimeoutMs: 30_000 } }); // all in one instant, and the fake in the same thread
    const offers: CallOffer[] = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
    for (let n = 0; n < 300; n += 1) world.ari.call(APP);
    await until(() => offers.length === 300, '300 offers');
    await Promise.all(offers.map(({ leg }) => Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)])));
    expect(world.plane.openLegs).to.have.lengthOf(300);
    expect(world.ari.leftovers.channels).to.have.lengthOf(600);
    await Promise.all(offers.map(({ leg }) => leg.hangUp('normal')));
    expect(await world.leftovers()).to.deep.equal([]);
    expect(world.logger.messages('warn')).to.deep.equal([]);
  });
});
