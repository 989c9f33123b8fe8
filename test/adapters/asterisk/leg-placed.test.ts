import { expect } from 'chai';
import { aRequest, NEVER, recorded, until } from '../../contract/telephony-scene.js';
import { openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

describe('A leg that was placed', function () {
  this.timeout(20_000);
  let world: AsteriskWorld;

  beforeEach(async () => { world = await openAsteriskWorld(); });
  afterEach(async () => { await world.close(); });

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
