import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { TwoNodes } from './two-nodes.js';

const signal = new AbortController().signal;
const AWAY = new PortError('asterisk is away', { code: 'telephony/unavailable', kind: 'unavailable' });

describe('taking calls of a dead node over, when something is in the way', () => {
  let two: TwoNodes;
  beforeEach(() => { two = new TwoNodes(); });
  afterEach(async () => {
    for (const leg of two.second.telephony.liveLegs) leg.farEnd.hangsUp();
    await two.clock.run(6000);
    await two.close();
    expect(two.clock.pending, 'timers left').to.equal(0);
  });

  const failOnce = (method: 'adopt' | 'sweepAfter', how: () => Promise<never>): void => {
    const { telephony } = two.second;
    const real = telephony[method].bind(telephony) as (...given: readonly unknown[]) => Promise<never>;
    telephony[method] = () => {
      telephony[method] = real;
      return how();
    };
  };

  it('tells whose a call was, though the record names us since the first try', async () => {
    two.dies(await two.talking(), true);
    failOnce('adopt', () => Promise.reject(AWAY));
    await two.takeOver.begin(signal);
    expect((await two.stored()).record.ownerNode, 'claimed').to.equal('node-2');
    await two.clock.run(1500);
    expect(two.publisher.ofType('call.resumed')).to.deep.equal([{ type: 'call.resumed', formerNode: 'node-1', gapMs: 5000 }]);
    expect((await two.stored()).record.state).to.equal('transferred');
    expect(two.second.textToSpeech.texts).to.deep.equal([]);
  });

  it('brings no agent back to a caller whom a person has had: without the person the call is over', async () => {
    const leg = await two.talking();
    await two.becomes({ state: 'transferred' });
    two.dies(leg);
    const adopted = await two.adoptedLeg();
    await two.clock.run(1500);
    expect(adopted.media).to.equal(undefined);
    expect(adopted.releasedWith).to.equal('normal');
    expect(two.publisher.ofType('call.ended')[0]).to.include({ reason: 'transferred' });
    expect(two.second.textToSpeech.texts).to.deep.equal([]);
  });

  it('leaves two people alone when Asterisk offers one of them again', async () => {
    await two.talking();
    await two.becomes({ state: 'transferred', ownerNode: 'node-2' });
    const { telephony } = two.second;
    telephony.onOffer(() => undefined);
    const leg = telephony.offer({ legId: (await two.stored()).record.channelId });
    expect(await two.takeOver.takeOffered(leg)).to.equal(true);
    await two.clock.run(1500);
    expect(leg.ended).to.equal(false);
    expect(leg.media).to.equal(undefined);
    expect(two.second.textToSpeech.texts).to.deep.equal([]);
  });

  it('sweeps after a node whose calls took longer than one look', async () => {
    two.dies(await two.talking());
    failOnce('adopt', () => new Promise((_, reject) => { two.clock.after(20_500, () => { reject(AWAY); }); }));
    void two.takeOver.begin(signal);
    await two.clock.run(20_600);
    expect(two.second.telephony.swept, 'the time of the look was up').to.deep.equal([]);
    await two.clock.run(2000);
    expect(two.second.registry.size).to.equal(1);
    expect(two.second.telephony.swept).to.deep.equal(['node-1']);
  });

  it('sweeps again after a node when it could not be done, also without calls of it', async () => {
    two.dies(await two.talking());
    failOnce('sweepAfter', () => Promise.reject(AWAY));
    await two.adoptedLeg();
    expect(two.second.telephony.swept).to.deep.equal([]);
    await two.clock.run(1500);
    expect(two.second.telephony.swept).to.deep.equal(['node-1']);
    await two.clock.run(3000);
    expect(two.second.telephony.swept, 'once').to.deep.equal(['node-1']);
  });

  it('leaves what a node has made that is back meanwhile', async () => {
    two.dies(await two.talking());
    failOnce('sweepAfter', () => Promise.reject(AWAY));
    await two.adoptedLeg();
    await two.nodes.join('node-1');
    await two.clock.run(3000);
    expect(two.second.telephony.swept).to.deep.equal([]);
  });

  it('closes the record of a call that was begun anew while nobody knew of it, once', async () => {
    await two.talking();
    await two.nodes.dies('node-1');
    const { record } = await two.stored();
    const anew = two.second.rings({ legId: record.channelId }); // Redis was away when Asterisk offered it again
    await two.clock.run(500);
    await two.takeOver.begin(signal);
    await two.clock.run(5000);
    expect(two.publisher.ofType('call.ended')).to.have.length(1);
    expect(two.publisher.ofType('call.ended')[0]).to.include({ reason: 'lost' });
    expect(two.second.metrics.value('calls_adopted_total', { outcome: 'lost' })).to.equal(1);
    expect(two.second.metrics.value('calls_adopted_total', { outcome: 'failed' })).to.equal(0);
    expect(two.second.registry.list().map(({ callId }) => callId)).to.not.include(record.callId);
    expect(anew.ended, 'the caller goes on').to.equal(false);
  });

  it('does not close a call that Asterisk has offered and that is being looked up', async () => {
    await two.talking();
    await two.nodes.dies('node-1');
    await two.becomes({ ownerNode: 'node-2' });
    const { record } = await two.stored();
    const { telephony } = two.second;
    telephony.onOffer(() => undefined);
    const claim = two.repository.claim.bind(two.repository);
    two.repository.claim = async (...asked) => {
      await new Promise<void>((resolve) => { two.clock.after(1000, resolve); }); // until the look is over
      return claim(...asked);
    };
    const taken = two.takeOver.takeOffered(telephony.offer({ legId: record.channelId }));
    void two.takeOver.begin(signal);
    await two.clock.run(2500);
    expect(await taken).to.equal(true);
    expect(two.publisher.ofType('call.ended')).to.deep.equal([]);
    expect(two.second.registry.list().map(({ callId }) => callId)).to.deep.equal([record.callId]);
  });

  it('keeps a call past the limit of this node, which counts: new ones are refused until there is room', async () => {
    two = new TwoNodes(undefined, { callsMax: 1 });
    const own = two.second.rings({ legId: legId('own') });
    await two.second.clock.run(1500);
    two.dies(await two.talking());
    await two.takeOver.begin(signal);
    await two.clock.run(200);
    expect(two.second.registry.size).to.equal(2);
    const refused = async (): Promise<readonly string[] | undefined> => {
      const leg = two.second.rings({ legId: legId(`new-${two.clock.nowMs()}`) });
      await two.clock.run(300);
      return two.second.hangUps.get(leg);
    };
    expect(await refused()).to.deep.equal(['congestion']);
    own.farEnd.hangsUp();
    await two.clock.settle();
    expect(await refused(), 'one of one is taken').to.deep.equal(['congestion']);
    expect(two.publisher.ofType('call.rejected').map(({ reason }) => reason)).to.deep.equal(['node_limit', 'node_limit']);
  });

  it('does not let a caller go because the tenant directory hiccups', async () => {
    two.dies(await two.talking());
    two.second.tenants.failure = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' });
    void two.takeOver.begin(signal);
    await two.clock.run(3000);
    two.second.tenants.failure = null;
    await two.clock.run(1500);
    expect(two.second.registry.size).to.equal(1);
    expect(two.second.textToSpeech.texts).to.deep.equal(['Please go on.']);
    expect(two.second.log.messages('warn')).to.deep.equal(['tenant directory failed: it is asked again']);
  });

  it('lets him go when nobody can say whose he is for six seconds, and asks ever more rarely', async () => {
    two.dies(await two.talking());
    two.second.tenants.failure = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' });
    const before = two.second.tenants.asked;
    void two.takeOver.begin(signal);
    await two.clock.run(7000);
    expect(two.second.telephony.legs.at(-1)?.releasedWith).to.equal('congestion');
    expect(two.publisher.ofType('call.ended')[0]).to.include({ reason: 'lost' });
    expect(two.second.tenants.asked - before).to.be.within(5, 12);
  });

  it('is waited for by a drain that begins meanwhile', async () => {
    two.dies(await two.talking());
    two.second.tenants.failure = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' });
    void two.takeOver.begin(signal);
    await two.clock.run(1000);
    let drained = false;
    void two.second.registry.drain().then(() => { drained = true; });
    await two.clock.run(500);
    expect(drained).to.equal(false);
    two.second.tenants.failure = null;
    await two.clock.run(2000);
    expect(drained, 'the call lives').to.equal(false);
    two.second.telephony.legs.at(-1)!.farEnd.hangsUp();
    await two.clock.run(100);
    expect(drained).to.equal(true);
  });
});
