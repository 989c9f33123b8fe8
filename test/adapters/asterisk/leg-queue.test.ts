import { expect } from 'chai';
import type { CallLeg, CallOffer, LegEvent } from '../../../src/application/ports/telephony.js';
import { NEVER, recorded, until, VOICE } from '../../contract/telephony-scene.js';
import type { WorldChannel } from '../../support/servers/fake-ari-world.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const SUPPORT = { kind: 'queue', context: 'transfers', queue: 'support', followMs: 60_000 } as const;

describe('A caller in a queue of Asterisk', () => {
  let world: AsteriskWorld;
  let offers: CallOffer[];
  let caller: WorldChannel;
  let leg: CallLeg;
  let events: LegEvent[];

  beforeEach(async () => {
    world = await openAsteriskWorld({}, { timings: { goneTimeoutMs: 100 } });
    offers = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
    caller = world.ari.call(APP);
    await until(() => offers.length === 1, 'the offer');
    ({ leg } = offers[0]!);
    events = recorded(leg);
    await Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)]);
  });
  afterEach(async () => { await world.close(); });

  const waits = async (): Promise<void> => { await until(() => caller.app === undefined, 'he waits'); };
  const nothingOfHimIsLeft = async (): Promise<void> => { await until(async () => (await world.leftovers()).length === 0, 'clean'); };

  it('stays our call: who sends him back has to know where to', async () => {
    const outcome = leg.transfer(SUPPORT, NEVER);
    await waits();
    expect(caller.dialplan).to.include({ exten: 'queue-support', app_data: 'transfers' });
    expect(caller.variables['RETURN_APP']).to.equal(APP);
    expect(leg.ended).to.equal(false);
    world.ari.leavesQueue(caller, 'TIMEOUT');
    expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'queue-timeout' });
    expect(caller.bridgeId, 'with our media again').to.equal(`vg.${NODE}.${leg.id}.br`);
    expect(offers, 'no new call').to.have.lengthOf(1);
    await leg.hangUp('normal');
    await nothingOfHimIsLeft();
  });

  for (const [status, reason] of [['FULL', 'queue-full'], ['LEAVEEMPTY', 'queue-empty'], ['JOINUNAVAIL', 'queue-empty'], ['UNKNOWN', 'unreachable']] as const) {
    it(`comes back with the reason: ${status}`, async () => {
      const outcome = leg.transfer(SUPPORT, NEVER);
      await waits();
      world.ari.leavesQueue(caller, status);
      expect(await outcome).to.deep.equal({ kind: 'failed', reason });
    });
  }

  it('does not go to one that the dialplan has not', async () => {
    expect(await leg.transfer({ ...SUPPORT, queue: 'nobody' }, NEVER)).to.deep.equal({ kind: 'failed', reason: 'unreachable' });
    expect(caller.bridgeId).to.equal(`vg.${NODE}.${leg.id}.br`);
    world.ari.world.leave(caller);
    await until(() => leg.ended, 'end');
    expect(events.at(-1), 'a later end is a hang-up').to.include({ released: false });
    expect(events.at(-1), 'no cause came with it').not.to.have.property('lineCauseCode');
  });

  it('may hang up while he waits', async () => {
    const outcome = leg.transfer(SUPPORT, NEVER);
    await waits();
    world.ari.farEnd.hangsUp(caller, 16);
    expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
    expect(events.at(-1)).to.include({ type: 'ended', released: false, causeCode: 16, lineCauseCode: 16 });
    await nothingOfHimIsLeft();
  });

  it('can be hung up by us while he waits', async () => {
    const outcome = leg.transfer(SUPPORT, NEVER);
    await waits();
    await leg.hangUp('normal');
    expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
    expect(world.ari.leftovers).to.deep.equal({ channels: [], bridges: [] });
  });

  it('is followed for a while only; who comes back after that is a new call, answered before', async () => {
    expect(await leg.transfer({ ...SUPPORT, followMs: 50 }, NEVER)).to.deep.equal({ kind: 'handed-over' });
    expect(events.at(-1)).to.include({ type: 'ended', released: true });
    await until(() => world.ari.leftovers.channels.length === 1 && world.ari.leftovers.bridges.length === 0, 'only he is left');
    world.ari.leavesQueue(caller, 'TIMEOUT');
    await until(() => offers.length === 2, 'offered again');
    expect(offers[1]).to.include({ answered: true, dialledNumber: '4930555001' });
    await offers[1]!.leg.hangUp('normal');
  });

  it('is left to the queue when his transfer is given up, and not hung up', async () => {
    const giveUp = new AbortController();
    const outcome = leg.transfer(SUPPORT, giveUp.signal);
    await waits();
    await until(() => world.ari.requests.includes(`POST channels/${leg.id}/continue`), 'sent');
    await new Promise((resolve) => { setTimeout(resolve, 50); }); // the answer to that request
    giveUp.abort();
    expect(await outcome).to.deep.equal({ kind: 'handed-over' });
    await leg.hangUp('normal');
    expect(world.ari.requests).to.not.include(`DELETE channels/${leg.id}`);
    world.ari.world.channels.clear();
  });
});
