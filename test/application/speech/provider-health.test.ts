import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const away = new PortError('away', { code: 'speech-to-text/unavailable', kind: 'unavailable' });
const badKey = new PortError('no', { code: 'speech-to-text/unauthorised', kind: 'rejected' });

describe('the health of a provider', () => {
  const rig = () => {
    const clock = new VirtualClock();
    const states: string[] = [];
    return { clock, states, health: new ProviderHealth(clock, (state) => { states.push(state); }) };
  };
  const fail = (health: ProviderHealth, times: number): void => { for (let n = 0; n < times; n += 1) health.attempt()!.failed(away); };

  it('is well after two failures, and left alone after three', () => {
    const { health } = rig();
    fail(health, 2);
    expect(health.state).to.equal('well');
    fail(health, 1);
    expect(health.state).to.equal('resting');
    expect(health.attempt()).to.equal(null);
  });

  it('is well while most attempts succeed', () => {
    const { health } = rig();
    for (let n = 0; n < 8; n += 1) health.attempt()!.succeeded();
    fail(health, 7);
    expect(health.state).to.equal('well');
    fail(health, 1);
    expect(health.state).to.equal('resting');
  });

  it('forgets failures of long ago', () => {
    const { clock, health } = rig();
    fail(health, 2);
    clock.advance(30_000);
    fail(health, 2);
    expect(health.state).to.equal('well');
  });

  it('is left alone at once when it refuses the key', () => {
    const { health } = rig();
    health.attempt()!.failed(badKey);
    expect(health.state).to.equal('resting');
  });

  it('lets one attempt through after its rest, and all when that succeeds', () => {
    const { clock, health, states } = rig();
    fail(health, 3);
    clock.advance(4999);
    expect(health.attempt()).to.equal(null);
    clock.advance(1);
    const trial = health.attempt();
    expect(trial).not.to.equal(null);
    expect(health.attempt(), 'a second one on trial').to.equal(null);
    trial!.succeeded();
    expect(health.attempt()).not.to.equal(null);
    expect(states).to.deep.equal(['resting', 'on trial', 'well']);
    fail(health, 2);
    expect(health.state, 'the failures of before are forgotten').to.equal('well');
  });

  it('rests twice as long after each trial that fails, five minutes at most', () => {
    const { clock, health } = rig();
    fail(health, 3);
    let restMs = 5000;
    for (const expected of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      clock.advance(restMs);
      health.attempt()!.failed(away);
      restMs = expected;
      clock.advance(restMs - 1);
      expect(health.attempt(), `before ${expected}`).to.equal(null);
      restMs = 1;
      clock.advance(restMs);
      const trial = health.attempt();
      expect(trial, `after ${expected}`).not.to.equal(null);
      trial!.abandoned();
      restMs = 0;
    }
  });

  it('counts nothing that we ended ourselves, and gives the trial to the next', () => {
    const { clock, health } = rig();
    for (let n = 0; n < 10; n += 1) health.attempt()!.abandoned();
    expect(health.state).to.equal('well');
    fail(health, 3);
    clock.advance(5000);
    health.attempt()!.abandoned();
    expect(health.state).to.equal('on trial');
    expect(health.attempt()).not.to.equal(null);
  });

  it('counts the first outcome of an attempt only', () => {
    const { health } = rig();
    const attempt = health.attempt()!;
    attempt.abandoned();
    for (let n = 0; n < 5; n += 1) attempt.failed(away);
    expect(health.state).to.equal('well');
  });
});
