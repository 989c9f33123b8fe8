import { expect } from 'chai';
import type { AsteriskTimings } from '../../../src/adapters/asterisk/asterisk-timings.js';
import type { CallLeg, CallOffer } from '../../../src/application/ports/telephony.js';
import { failure, NEVER, recorded, until, VOICE } from '../../contract/telephony-scene.js';
import type { WorldChannel } from '../../support/servers/fake-ari-world.js';
import { APP, NODE, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const PERSON = { kind: 'extension', context: 'transfers', extension: 'person' } as const;
const NUMBER = { kind: 'number', number: '4930999001', ringTimeoutMs: 5000 } as const;

describe('A transfer of an Asterisk leg', () => {
  let world: AsteriskWorld;
  let offers: CallOffer[];
  let caller: WorldChannel;

  const talking = async (timings: Partial<AsteriskTimings> = {}): Promise<CallLeg> => {
    world = await openAsteriskWorld({}, { timings });
    offers = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
    caller = world.ari.call(APP);
    await until(() => offers.length === 1, 'the offer');
    const { leg } = offers[0]!;
    await Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)]);
    return leg;
  };

  afterEach(async () => { await world.close(); });

  it('to an extension during which the caller hangs up is a hang-up, not a hand-over', async () => {
    const leg = await talking({ requestTimeoutMs: 200 });
    const events = recorded(leg);
    world.ari.faults.push({ mode: 'hang', match: /\/continue$/ });
    const outcome = leg.transfer(PERSON, NEVER);
    await until(() => world.ari.requests.includes(`POST channels/${leg.id}/continue`), 'the request');
    world.ari.farEnd.hangsUp(caller);
    expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
    expect(events.at(-1)).to.include({ type: 'ended', released: false });
  });

  it('to an extension whose request was not answered in time, and that happens after all, is a hand-over', async () => {
    const leg = await talking({ requestTimeoutMs: 100 });
    const events = recorded(leg);
    world.ari.faults.push({ mode: 'hang', match: /\/continue$/ });
    expect((await failure(leg.transfer(PERSON, NEVER))).code).to.equal('telephony/timeout');
    world.ari.world.leave(caller);
    await until(() => leg.ended, 'end');
    expect(events.at(-1)).to.include({ type: 'ended', released: true });
  });

  it('to an extension that was refused leaves a caller whose later end is a hang-up', async () => {
    const leg = await talking();
    const events = recorded(leg);
    world.ari.faults.push({ mode: 'allocation-failed', match: /\/continue$/, times: 1 });
    expect(await leg.transfer(PERSON, NEVER)).to.deep.equal({ kind: 'failed', reason: 'unreachable' });
    world.ari.world.leave(caller);
    await until(() => leg.ended, 'end');
    expect(events.at(-1)).to.include({ type: 'ended', released: false });
  });

  it('to a number is taken down from its far end: the dialled channel first, the bridge last', async () => {
    const leg = await talking();
    const transfer = leg.transfer(NUMBER, NEVER);
    (await world.nextDialled()).picksUp();
    expect(await transfer).to.deep.equal({ kind: 'connected' });
    world.ari.faults.push({ mode: 'slow', match: /^DELETE channels\/.*out1$/, delayMs: 100 });
    await leg.hangUp('normal');
    const removals = world.ari.requests.filter((request) => request.startsWith('DELETE') && !request.endsWith(`/${leg.id}`));
    expect(removals).to.deep.equal([`DELETE channels/vg.${NODE}.${leg.id}.em`, `DELETE channels/vg.${NODE}.${leg.id}.out1`, `DELETE bridges/vg.${NODE}.${leg.id}.br`]);
    expect(await world.leftovers(), 'nothing is left when hangUp resolves').to.deep.equal([]);
  });

  it('to a number that was connected goes on when another process has the leg: nothing is cut, now or by the sweep', async () => {
    const leg = await talking({ sweepIntervalMs: 60 });
    const transfer = leg.transfer(NUMBER, NEVER);
    (await world.nextDialled()).picksUp();
    expect(await transfer).to.deep.equal({ kind: 'connected' });
    await leg.letGo();
    await new Promise((resolve) => { setTimeout(resolve, 200); }); // some sweeps
    const bridge = `vg.${NODE}.${leg.id}.br`;
    expect(world.ari.leftovers).to.deep.equal({ channels: [leg.id, `vg.${NODE}.${leg.id}.out1`], bridges: [bridge] });
    expect([...world.ari.world.bridges.get(bridge)?.channelIds ?? []].sort()).to.deep.equal([leg.id, `vg.${NODE}.${leg.id}.out1`].sort());
    world.ari.world.channels.clear();
    world.ari.world.bridges.clear();
  });

  it('to a number that still rings is given up when another process has the leg, and the caller stays', async () => {
    const leg = await talking();
    const transfer = leg.transfer(NUMBER, NEVER);
    await world.nextDialled();
    await leg.letGo();
    expect(await transfer).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
    await until(() => world.ari.leftovers.channels.length === 1 && world.ari.leftovers.bridges.length === 0, 'what was ours is gone');
    expect(world.ari.leftovers.channels).to.deep.equal([leg.id]);
    expect(world.ari.requests).not.to.include(`DELETE channels/${leg.id}`);
    world.ari.world.channels.clear();
  });

  it('to a number is tried anew by a caller whose bridge could not be made before', async () => {
    world = await openAsteriskWorld();
    offers = [];
    world.telephony.onOffer((offer) => { offers.push(offer); });
    world.ari.call(APP);
    await until(() => offers.length === 1, 'the offer');
    const { leg } = offers[0]!;
    await leg.answer(NEVER);
    world.ari.faults.push({ mode: 'allocation-failed', match: /\/addChannel$/, times: 1 });
    const first = leg.transfer(NUMBER, NEVER);
    (await world.nextDialled()).picksUp();
    expect((await failure(first)).code).to.equal('telephony/refused');
    await until(async () => (await world.leftovers()).every((id) => !id.includes('.out')), 'the first number is hung up');
    const second = leg.transfer(NUMBER, NEVER);
    (await world.nextDialled()).picksUp();
    expect(await second).to.deep.equal({ kind: 'connected' });
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });
});
