import { expect } from 'chai';
import type { CallOffer, LegEvent } from '../../../src/application/ports/telephony.js';
import { NEVER, recorded, until, VOICE } from '../../contract/telephony-scene.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const TIMINGS = { reconnectMinMs: 5, reconnectMaxMs: 40, sweepIntervalMs: 60_000, pingIntervalMs: 60_000, goneTimeoutMs: 100, unhandledOfferMs: 50 };

describe('AsteriskTelephony after a time without Asterisk', () => {
  let world: AsteriskWorld;
  let offers: CallOffer[];

  const open = async (timings: object = TIMINGS): Promise<void> => {
    world = await openAsteriskWorld({}, { timings: { ...TIMINGS, ...timings } });
    offers = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
  };
  const seed = (id: string, kind: 'external' | 'outgoing' = 'external'): void => { world.ari.world.addChannel({ id, name: id, kind, state: 'Up' }); };
  const seedBridge = (id: string): void => { world.ari.world.bridges.set(id, { id, type: 'mixing', channelIds: new Set() }); };
  const reconnected = async (): Promise<void> => {
    world.ari.dropEventSockets();
    await until(() => !world.telephony.ready, 'lost');
    await until(() => world.telephony.ready, 'ready again');
  };
  const talking = async (): Promise<{ offer: CallOffer; events: LegEvent[] }> => {
    const before = offers.length;
    world.ari.call(APP);
    await until(() => offers.length > before, 'the offer');
    const offer = offers.at(-1)!;
    const events = recorded(offer.leg);
    await Promise.all([offer.leg.answer(NEVER), offer.leg.openMedia(VOICE, NEVER)]);
    return { offer, events };
  };

  beforeEach(() => open());
  afterEach(async () => { await world.close(); });

  it('removes its own objects that no call knows, and leaves everybody else\'s alone', async () => {
    for (let n = 0; n < 10; n += 1) {
      seed(`vg.${NODE}.lost${String(n)}.em`);
      seedBridge(`vg.${NODE}.lost${String(n)}.br`);
    }
    const foreign = ['1795200000.77', `vg.${NODE}2.a.em`, `vg.other.a.em`];
    for (const id of foreign) seed(id);
    for (const id of ['conference-1', `vg.${NODE}2.a.br`]) seedBridge(id);
    await reconnected();
    expect(world.ari.leftovers).to.deep.equal({ channels: foreign, bridges: ['conference-1', `vg.${NODE}2.a.br`] });
    expect(world.metrics.value('orphans_reaped_total', { kind: 'channel' })).to.equal(10);
    expect(world.metrics.value('orphans_reaped_total', { kind: 'bridge' })).to.equal(10);
  });

  it('removes them between reconnections too', async () => {
    await world.close();
    await open({ sweepIntervalMs: 30 });
    seed(`vg.${NODE}.lost.em`);
    seedBridge(`vg.${NODE}.lost.br`);
    await until(() => world.ari.leftovers.channels.length + world.ari.leftovers.bridges.length === 0, 'sweep');
  });

  it('keeps what its living legs use, through any number of reconnections and sweeps', async () => {
    await world.close();
    await open({ sweepIntervalMs: 20 });
    const { offer, events } = await talking();
    const { leftovers } = world.ari;
    await reconnected();
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    expect(world.ari.leftovers).to.deep.equal(leftovers);
    expect(events.map(({ type }) => type)).to.deep.equal(['answered']);
    await offer.leg.hangUp('normal');
  });

  it('ends the legs whose channels have gone meanwhile', async () => {
    const { offer, events } = await talking();
    world.ari.world.channels.delete(offer.leg.id); // the event of it is lost with the socket
    await reconnected();
    expect(events.at(-1)).to.deep.equal({ type: 'ended', causeCode: 41, causeText: 'Temporary failure', released: false });
    await offer.leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('is ready again after a restart of Asterisk: old calls have ended, the next one works', async () => {
    const { offer } = await talking();
    await world.ari.goAway({ forget: true });
    await until(() => !world.telephony.ready, 'lost');
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    await world.ari.comeBack();
    await until(() => world.telephony.ready, 'ready again');
    expect(offer.leg.ended).to.equal(true);
    const next = await talking();
    await next.offer.leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('is told of a call whose StasisStart was lost', async () => {
    world.ari.dropEventSockets();
    await until(() => !world.ari.isRegistered(APP), 'deregistered');
    const caller = world.ari.call(APP, { did: '4930555009', trunk: 'carrier-b', correlation: 'c-9', codec: 'g722' });
    await until(() => offers.length === 1, 'the offer');
    expect(offers[0]).to.include({ dialledNumber: '4930555009', trunk: 'carrier-b', correlationId: 'c-9', wideband: true });
    await reconnected();
    expect(offers).to.have.lengthOf(1);
    await offers[0]!.leg.hangUp('normal');
    expect(world.ari.world.channels.has(caller.id)).to.equal(false);
  });

  it('takes up a call that a process before it had answered', async () => {
    world.ari.dropEventSockets();
    await until(() => !world.ari.isRegistered(APP), 'deregistered');
    const caller = world.ari.call(APP);
    caller.state = 'Up';
    await until(() => offers.length === 1, 'the offer');
    expect(recorded(offers[0]!.leg)).to.deep.equal([{ type: 'answered' }]);
    await offers[0]!.leg.answer(NEVER);
    expect(world.ari.requests.filter((request) => request.endsWith('/answer'))).to.deep.equal([]);
    await offers[0]!.leg.hangUp('normal');
  });

  it('leaves calls of other applications to them', async () => {
    world.ari.call('another-app');
    await reconnected();
    expect(offers).to.deep.equal([]);
  });

  it('hangs a channel of its own up at once that appears when nobody waits for it any more', async () => {
    const late = world.ari.world.addChannel({ id: `vg.${NODE}.1.1.em`, name: 'late', kind: 'external', state: 'Up' });
    world.ari.world.enter(late, APP, []);
    await until(() => world.ari.leftovers.channels.length === 0, 'reaped');
    await until(() => world.metrics.value('orphans_reaped_total', { kind: 'channel' }) === 1);
    expect(offers).to.deep.equal([]);
  });

  it('refuses offers with congestion when nobody handles them', async () => {
    const unheard = await openAsteriskWorld({}, { timings: TIMINGS });
    try {
      unheard.ari.call(APP);
      await until(() => unheard.ari.leftovers.channels.length === 0, 'refused');
    } finally {
      await unheard.close();
    }
  });

  it('keeps an offer for a handler that comes a moment later', async () => {
    const late = await openAsteriskWorld({}, { timings: { ...TIMINGS, unhandledOfferMs: 5000 } });
    try {
      late.ari.call(APP);
      await new Promise((resolve) => { setTimeout(resolve, 30); });
      const heard: CallOffer[] = [];
      late.telephony.onOffer((offer) => { heard.push(offer); });
      expect(heard).to.have.lengthOf(1);
      await heard[0]!.leg.hangUp('normal');
    } finally {
      await late.close();
    }
  });

  it('goes on with the leg when an attended transfer puts another caller in its place', async () => {
    const { offer, events } = await talking();
    const first = world.ari.world.channels.get(offer.leg.id)!;
    const second = world.ari.farEnd.isReplacedBy(first, '1795200000.900');
    world.ari.farEnd.presses(second, '7');
    await until(() => events.some(({ type }) => type === 'dtmf'), 'digit of the second caller');
    expect(offer.leg.ended).to.equal(false);
    expect(offers).to.have.lengthOf(1);
    await reconnected();
    expect(offer.leg.ended).to.equal(false);
    world.ari.farEnd.hangsUp(second);
    await until(() => offer.leg.ended, 'end');
    await offer.leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('is offered a caller again who comes back from where he was sent, at once or later', async () => {
    const { offer } = await talking();
    const channel = world.ari.world.channels.get(offer.leg.id)!;
    world.ari.hooks = { after: (request) => {
      if (request.endsWith('/continue')) world.ari.world.enter(channel, APP, ['did=4930555001', 'trunk=trunk']);
    } };
    await offer.leg.transfer({ kind: 'extension', context: 'transfers', extension: 'person' }, NEVER);
    world.ari.hooks = {};
    await until(() => offers.length === 2, 'the second offer');
    const { leg } = offers[1]!;
    expect(offer.leg.ended).to.equal(true);
    expect(leg.ended).to.equal(false);
    await leg.openMedia(VOICE, NEVER);
    world.ari.farEnd.presses(channel, '3');
    const events = recorded(leg);
    await until(() => events.some(({ type }) => type === 'dtmf'), 'digit');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });
});
