import { expect } from 'chai';
import { pause } from '../../../src/adapters/asterisk/abortable.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { NEVER, recorded, types, until, VOICE } from '../../contract/telephony-scene.js';
import { AsteriskLine, type Adapter, clock, hears, keepPlaying, listenTo } from './asterisk-line.js';

/** In the demo's telephone network: rings a second, answers, plays notes of 440 and 550 Hz. */
const SOMEBODY = '5551999';
const DURATION_MAX_MS = 1000;
/** Asterisk's limit comes five seconds after ours. */
const SECOND_WALL_MS = 6000;

describe('A call that was placed, on a real Asterisk', () => {
  let line: AsteriskLine;
  let gateway: Adapter;

  before(async () => { line = await AsteriskLine.open({}); });
  beforeEach(async () => { gateway = await line.gateway(); });
  afterEach(async () => {
    await gateway.telephony.close();
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });
  after(async () => { await line.close(); });

  it('is ended by Asterisk itself when nobody here does it, answered and in a bridge', async () => {
    const leg = await gateway.telephony.originate({ legId: legId('placed-1'), destination: SOMEBODY, callerNumber: '4930777001', ringTimeoutMs: 10_000, durationMaxMs: DURATION_MAX_MS }, NEVER);
    const startedAtMs = clock.nowMs();
    const events = recorded(leg);
    await until(() => types(events).includes('answered'), 'the answer');
    await leg.openMedia(VOICE, NEVER);
    await until(() => leg.ended, 'the end');
    expect(clock.nowMs() - startedAtMs, 'not before its time').to.be.greaterThan(SECOND_WALL_MS - 1000);
    await leg.hangUp('normal');
  });

  it('is adopted when its gateway has died: new audio both ways', async () => {
    const dead = await line.gateway({ app: 'voice-gateway-dead', node: 'node-a' });
    const placed = await dead.telephony.originate({ legId: legId('placed-2'), destination: SOMEBODY, callerNumber: '4930777001', ringTimeoutMs: 10_000 }, NEVER);
    const before = recorded(placed);
    await until(() => types(before).includes('answered'), 'the answer');
    const deadMedia = await placed.openMedia(VOICE, NEVER);
    await dead.telephony.close(); // it hangs up nothing
    await deadMedia.close(); // the thread in this process, which outlives it

    const { leg, connected } = await gateway.telephony.adopt({ legId: legId('placed-2') }, NEVER);
    expect(connected).to.equal(false);
    const events = recorded(leg);
    const media = await leg.openMedia(VOICE, NEVER);
    await gateway.telephony.sweepAfter('node-a', NEVER);
    const stop = keepPlaying(media, tone([700], { durationMs: 1000, sampleRateHz: 8000, decibels: -12 }));
    const heard = listenTo(media);
    await pause(clock, 1200, NEVER);
    stop();
    expect(hears(heard.samples(), 440, 8000).share, 'one of the two notes').to.be.above(0.3);
    expect((await line.asterisk.bridges()).map(({ id }) => id).filter((id) => id.startsWith('vg.node-a.'))).to.deep.equal([]);
    expect((await line.asterisk.channels()).map(({ id }) => id)).to.include('vg.node-a.placed-2.out');
    await leg.hangUp('normal');
    expect(types(events)).to.deep.equal(['answered', 'ended']);
  });
});
