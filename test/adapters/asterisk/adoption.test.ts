import { expect } from 'chai';
import { legId } from '../../../src/domain/shared/ids.js';
import type { WorldChannel } from '../../support/servers/fake-ari-world.js';
import { failure, NEVER, recorded, types, until, VOICE } from '../../contract/telephony-scene.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const OTHER_APP = 'voice-gateway-b';

describe('Adoption of a leg', () => {
  let world: AsteriskWorld;
  beforeEach(async () => { world = await openAsteriskWorld({}, { sweepLater: true, timings: { unhandledOfferMs: 5000, sweepIntervalMs: 60_000, reconnectMinMs: 5, reconnectMaxMs: 20 } }); });
  afterEach(async () => { await world.close(); });

  const answeredElsewhere = (app = OTHER_APP): WorldChannel => {
    const channel = world.ari.call(app);
    channel.state = 'Up';
    return channel;
  };
  const adopt = (channel: { readonly id: string }): ReturnType<AsteriskWorld['telephony']['adopt']> => world.telephony.adopt({ legId: legId(channel.id) }, NEVER);
  const reconnected = async (meanwhile: () => void): Promise<void> => {
    world.ari.dropEventSockets();
    await until(() => !world.ari.isRegistered(APP), 'deregistered');
    meanwhile();
    await until(() => !world.telephony.ready, 'lost');
    await until(() => world.telephony.ready, 'ready again');
  };

  it('moves its channel into our application, answered, and hears of it from then on', async () => {
    const channel = answeredElsewhere();
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(false);
    expect(channel.app).to.equal(APP);
    const events = recorded(leg);
    await leg.openMedia(VOICE, NEVER);
    world.ari.farEnd.presses(channel, '5');
    world.ari.farEnd.hangsUp(channel, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(types(events)).to.deep.equal(['answered', 'dtmf', 'ended']);
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('takes one that was found in our application after a restart, before it is offered', async () => {
    let channel!: WorldChannel;
    await reconnected(() => { channel = answeredElsewhere(APP); });
    const { leg } = await adopt(channel);
    let offers = 0;
    world.telephony.onOffer(() => { offers += 1; });
    expect(world.ari.requests).not.to.include(`POST channels/${channel.id}/move`);
    await leg.hangUp('normal');
    expect(offers).to.equal(0);
  });

  it('says of a call that it was answered before', async () => {
    await reconnected(() => { answeredElsewhere(APP); });
    const answered: boolean[] = [];
    world.telephony.onOffer((offer) => { answered.push(offer.answered); void offer.leg.hangUp('normal'); });
    world.ari.call(APP);
    await until(() => answered.length === 2, 'both offers');
    expect(answered).to.deep.equal([true, false]);
  });

  it('fails when the caller has gone, has left to the dialplan, or is here already', async () => {
    expect(await failure(adopt({ id: '1795.404' }))).to.include({ kind: 'not-found' });
    const inDialplan = world.ari.world.addChannel({ id: '1795.7', name: 'PJSIP/trunk-00000007', kind: 'caller', state: 'Up' });
    expect(await failure(adopt(inDialplan))).to.include({ code: 'telephony/not-found' });
    const channel = answeredElsewhere();
    const { leg } = await adopt(channel);
    expect(await failure(adopt(channel))).to.include({ code: 'telephony/duplicate-leg' });
    await leg.hangUp('normal');
    expect(world.ari.world.channels.has(inDialplan.id), 'whoever has it keeps it').to.equal(true);
  });

  it('finds one that a dead process had placed by the name it gave to the channel, and does not take it for somebody he was transferred to', async () => {
    const channel = world.ari.world.addChannel({ id: 'vg.node-b.call-9.out', name: 'PJSIP/outbound-1', kind: 'outgoing', state: 'Up' });
    world.ari.world.enter(channel, OTHER_APP, []);
    const bridge = { id: 'vg.node-b.call-9.br', type: 'mixing', channelIds: new Set<string>() };
    world.ari.world.bridges.set(bridge.id, bridge);
    world.ari.world.bridge(bridge, channel);
    const { leg, connected } = await adopt({ id: 'call-9' });
    expect(connected).to.equal(false);
    expect([leg.id, channel.app]).to.deep.equal(['call-9', APP]);
    expect(types(recorded(leg))).to.deep.equal(['answered']);
    await leg.openMedia(VOICE, NEVER);
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(world.ari.world.channels.has(channel.id)).to.equal(true);
    expect(world.ari.world.bridges.has(bridge.id)).to.equal(false);
    expect(await failure(adopt({ id: 'call-9' }))).to.include({ code: 'telephony/duplicate-leg' });
    world.ari.farEnd.hangsUp(channel, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('adopts one that was adopted before: its channel keeps the name of the first node', async () => {
    const channel = world.ari.world.addChannel({ id: 'vg.node-a.call-9.out', name: 'PJSIP/outbound-1', kind: 'outgoing', state: 'Up' });
    world.ari.world.enter(channel, OTHER_APP, []);
    const { leg } = await adopt({ id: 'call-9' });
    await leg.hangUp('normal');
    expect(world.ari.world.channels.has(channel.id)).to.equal(false);
    expect(await failure(adopt({ id: 'call-1' }))).to.include({ kind: 'not-found' });
  });

  /** Two people who talk with each other, brought together by a node that has died. */
  const pairOf = (node: string, app = OTHER_APP): { readonly channel: WorldChannel; readonly target: WorldChannel; readonly bridge: { readonly id: string } } => {
    const channel = answeredElsewhere(app);
    const target = world.ari.world.addChannel({ id: `vg.${node}.${channel.id}.out1`, name: 'PJSIP/outbound-1', kind: 'outgoing', state: 'Up' });
    world.ari.world.enter(target, app, []);
    const bridge = { id: `vg.${node}.${channel.id}.br`, type: 'mixing', channelIds: new Set<string>() };
    world.ari.world.bridges.set(bridge.id, bridge);
    for (const each of [channel, target]) world.ari.world.bridge(bridge, each);
    return { channel, target, bridge };
  };
  const whileFails = async (match: RegExp, act: () => Promise<unknown>): Promise<unknown> => {
    world.ari.faults.push({ mode: 'unavailable', match });
    const outcome = await act();
    world.ari.faults.length = 0;
    return outcome;
  };
  const noOffers = (): (() => void) => {
    let offers = 0;
    world.telephony.onOffer((offer) => { offers += 1; void offer.leg.hangUp('normal'); });
    return () => { expect(offers, 'offered').to.equal(0); };
  };

  it('that failed before anything was moved leaves the caller where he is, to the next try', async () => {
    const channel = answeredElsewhere();
    expect(await whileFails(/^GET bridges/, () => failure(adopt(channel)))).to.include({ kind: 'unavailable' });
    expect(channel.app).to.equal(OTHER_APP);
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(false);
    expect(channel.app).to.equal(APP);
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('that failed when the other of two people was to be brought in strands nobody: both talk on, and the next try has them', async () => {
    const { channel, target, bridge } = pairOf('node-b');
    const expectNoOffer = noOffers();
    expect(await whileFails(new RegExp(`^POST channels/${target.id}/move`), () => failure(adopt(channel)))).to.include({ kind: 'unavailable' });
    expect([...world.ari.world.bridges.get(bridge.id)?.channelIds ?? []], 'talking').to.have.members([channel.id, target.id]);
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(true);
    expect(target.app).to.equal(APP);
    world.ari.farEnd.hangsUp(target, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
    expectNoOffer();
  });

  it('finds a caller alone whose other side leaves while both are brought in', async () => {
    const { channel, target, bridge } = pairOf('node-b');
    world.ari.hooks.before = (request) => { if (request === `POST channels/${target.id}/move`) world.ari.farEnd.hangsUp(target, 16); };
    expect(await failure(adopt(channel)), 'the caller lives: not "not found"').to.include({ kind: 'unavailable' });
    world.ari.hooks = {};
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(false);
    await leg.hangUp('normal');
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(world.ari.world.bridges.has(bridge.id)).to.equal(false);
  });

  it('knows two people who talk also when another than the last node has brought them together', async () => {
    const { channel, target } = pairOf('node-c'); // whose calls node-b had adopted, before it died itself
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(true);
    world.ari.farEnd.hangsUp(target, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('offers no caller who talks with a person since before a restart: no agent comes into that', async () => {
    let pair!: ReturnType<typeof pairOf>;
    const expectNoOffer = noOffers();
    await reconnected(() => { pair = pairOf(NODE, APP); });
    expectNoOffer();
    const { leg, connected } = await adopt(pair.channel); // when shared state is back
    expect(connected).to.equal(true);
    world.ari.farEnd.hangsUp(pair.target, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('takes nobody whom a dead node had dialled for a caller', async () => {
    const expectNoOffer = noOffers();
    const target = world.ari.world.addChannel({ id: 'vg.node-b.1795.1.out1', name: 'PJSIP/outbound-1', kind: 'outgoing', state: 'Up' });
    await reconnected(() => { world.ari.world.enter(target, APP, []); }); // found after the reconnection
    world.ari.world.enter(target, APP, []); // told
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    expectNoOffer();
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('goes on with a conversation that the dead process had brought about', async () => {
    const { channel, target, bridge } = pairOf('node-b');
    const { leg, connected } = await adopt(channel);
    expect(connected).to.equal(true);
    expect(await failure(leg.openMedia(VOICE, NEVER))).to.include({ code: 'telephony/media-open' });
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(world.ari.world.bridges.has(bridge.id)).to.equal(true);
    world.ari.farEnd.hangsUp(target, 16);
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  it('comes before the sweep: what a process before us left stays until sweeping begins', async () => {
    const orphan = world.ari.world.addChannel({ id: `vg.${NODE}.old.em`, name: 'old', kind: 'external', state: 'Up' });
    await reconnected(() => undefined);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    expect(world.ari.world.channels.has(orphan.id)).to.equal(true);
    world.telephony.beginSweeping();
    await until(() => !world.ari.world.channels.has(orphan.id), 'sweep');
  });

  it('sweeps after another node only what nobody has adopted, and nothing of a third', async () => {
    const seed = (id: string): void => { world.ari.world.addChannel({ id, name: id, kind: 'external', state: 'Up' }); };
    for (const id of ['vg.node-b.1.em', 'vg.node-b.2.em', 'vg.node-c.1.em']) seed(id);
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(world.ari.leftovers.channels).to.deep.equal(['vg.node-c.1.em']);
    world.ari.world.channels.clear();
  });

  it('of a caller for whom a person was just being asked gives him back to us, and the person is hung up', async () => {
    const caller = answeredElsewhere();
    const node = 'vg.node-b.k';
    for (const [id, kind] of [[`${node}.em`, 'external'], [`${node}.out1`, 'outgoing'], [`${node}.c1.em`, 'external']] as const) {
      world.ari.world.addChannel({ id, name: id, kind, state: 'Up', app: OTHER_APP });
    }
    for (const [id, members] of [[`${node}.br`, [caller.id, `${node}.em`]], [`${node}.c1.br`, [`${node}.out1`, `${node}.c1.em`]]] as const) {
      const bridge = { id, type: 'mixing', channelIds: new Set<string>() };
      world.ari.world.bridges.set(id, bridge);
      for (const member of members) world.ari.world.bridge(bridge, world.ari.world.channels.get(member)!);
    }
    const { leg, connected } = await adopt(caller);
    expect(connected).to.equal(false);
    await leg.openMedia(VOICE, NEVER);
    await world.telephony.sweepAfter('node-b', NEVER);
    expect(world.ari.leftovers.channels.filter((id) => id.startsWith('vg.node-b'))).to.deep.equal([]);
    expect(world.ari.leftovers.bridges.filter((id) => id.startsWith('vg.node-b'))).to.deep.equal([]);
    expect(caller.bridgeId).to.match(new RegExp(`^vg\\.${NODE}\\.`, 'u'));
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });
});
