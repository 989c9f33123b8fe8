import { expect } from 'chai';
import { legId } from '../../../src/domain/shared/ids.js';
import { aRequest, NEVER, recorded, until } from '../../contract/telephony-scene.js';
import { openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

describe('A leg that was placed', () => {
  let world: AsteriskWorld;

  beforeEach(async () => { world = await openAsteriskWorld(); });
  afterEach(async () => { await world.close(); });

  it('is told to Asterisk to end by itself a little after its longest duration, and only when it has one', async () => {
    const limited = await world.telephony.originate(aRequest({ durationMaxMs: 90_500 }), NEVER);
    const [channel] = [...world.ari.world.channels.values()];
    expect(channel?.variables).to.include({ 'TIMEOUT(absolute)': '96' });
    await limited.hangUp('normal');
    const unlimited = await world.telephony.originate(aRequest({ legId: legId('call-2') }), NEVER);
    expect([...world.ari.world.channels.values()][0]?.variables).not.to.have.property('TIMEOUT(absolute)');
    await unlimited.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });

  for (const mode of ['reset', 'html', 'unavailable'] as const) {
    it(`may ring when Asterisk is asked to dial and answers with ${mode}; afterwards nothing of it is left`, async () => {
      world.ari.faults.push({ mode, match: /^POST channels\/\S+\/dial/u, times: 2 }); // a reset is asked once more
      const error: unknown = await world.telephony.originate(aRequest(), NEVER).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: 'telephony/dial-unanswered', kind: 'timeout' });
      await until(() => world.ari.world.channels.size === 0, 'the end of the channel');
      expect(await world.leftovers()).to.deep.equal([]);
    });
  }

  it('lives on past its ringing time once it was answered', async () => {
    const leg = await world.telephony.originate(aRequest({ ringTimeoutMs: 100 }), NEVER);
    const events = recorded(leg);
    (await world.nextDialled()).picksUp();
    await until(() => events.some(({ type }) => type === 'answered'), 'the answer');
    await new Promise((resolve) => { setTimeout(resolve, 250); });
    expect(leg.ended).to.equal(false);
    await leg.hangUp('normal');
    expect(await world.leftovers()).to.deep.equal([]);
  });
});
