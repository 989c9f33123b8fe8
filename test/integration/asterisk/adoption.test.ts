import { expect } from 'chai';
import WebSocket from 'ws';
import { pause } from '../../../src/adapters/asterisk/abortable.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { failure, NEVER, recorded, types, until, VOICE } from '../../contract/telephony-scene.js';
import { AsteriskLine, type Adapter, clock, hears, keepPlaying, listenTo } from './asterisk-line.js';

const DEAD_APP = 'voice-gateway-dead';
const DEAD_NODE = 'node-a';

/** A node that answers a call by hand, and then dies: its socket is cut, nothing is tidied up. */
class DyingNode {
  private constructor(private readonly line: AsteriskLine, private readonly socket: WebSocket) {}

  static async start(line: AsteriskLine): Promise<DyingNode> {
    const { asterisk } = line;
    const socket = new WebSocket(`${asterisk.ariUrl.replace('http', 'ws')}/events?app=${DEAD_APP}`, { auth: `${asterisk.username}:${asterisk.password}` });
    await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject); });
    return new DyingNode(line, socket);
  }

  /** Answers the call that rings, and has its audio in a bridge. */
  async answers(): Promise<string> {
    const [channel] = await this.channels(1);
    const key = channel!;
    await this.line.asterisk.request('POST', `channels/${key}/answer`);
    await this.post(`bridges/${this.name(key, 'br')}?type=mixing,dtmf_events`);
    await this.post(`bridges/${this.name(key, 'br')}/addChannel?channel=${key}`);
    await this.post(`channels/externalMedia?channelId=${this.name(key, 'em')}&app=${DEAD_APP}&external_host=127.0.0.1:9&format=ulaw`);
    await this.channels(2);
    await this.joins(key, this.name(key, 'em'));
    return key;
  }

  /** Puts somebody else into the bridge instead of its audio, and lets them talk. */
  async transfers(key: string, endpoint: string): Promise<string> {
    const target = this.name(key, 'out1');
    await this.post(`channels/create?channelId=${target}&app=${DEAD_APP}&endpoint=${endpoint}`);
    await this.channels(3);
    await this.post(`channels/${target}/dial`);
    await until(async () => (await this.channels(4)).length === 4, 'the far end of the transfer');
    const farEnd = (await this.channels(4)).find((id) => !id.startsWith('vg.') && id !== key)!;
    await this.post(`channels/${farEnd}/answer`);
    await this.joins(key, target);
    await this.line.asterisk.request('DELETE', `channels/${this.name(key, 'em')}`);
    return farEnd;
  }

  async dies(): Promise<void> {
    const closed = new Promise((resolve) => { this.socket.once('close', resolve); });
    this.socket.terminate();
    await closed;
  }

  /** A channel is counted to its application a moment before it has entered it. */
  private async joins(key: string, channel: string): Promise<void> {
    await until(() => this.post(`bridges/${this.name(key, 'br')}/addChannel?channel=${channel}`).then(() => true, (error: unknown) => {
      if (error instanceof Error && error.message.includes('not in Stasis')) return false;
      throw error;
    }), 'a channel that has entered the application');
  }

  private name(key: string, suffix: string): string {
    return `vg.${DEAD_NODE}.${key}.${suffix}`;
  }

  private post(path: string): Promise<unknown> {
    return this.line.asterisk.request('POST', path);
  }

  /** Channels in its application, when there are so many. */
  private async channels(count: number): Promise<readonly string[]> {
    let ids: readonly string[] = [];
    await until(async () => {
      ids = ((await this.line.asterisk.request('GET', `applications/${DEAD_APP}`)) as { channel_ids: string[] }).channel_ids;
      return ids.length >= count;
    }, 'a channel in the application');
    return ids;
  }
}

describe('A call whose gateway has died, on a real Asterisk', () => {
  let line: AsteriskLine;
  let gateway: Adapter;
  let callers: Adapter;
  let dead: DyingNode;

  before(async () => { line = await AsteriskLine.open({ app: DEAD_APP }); });
  beforeEach(async () => {
    dead = await DyingNode.start(line);
    gateway = await line.gateway();
    callers = await line.callers();
  });
  afterEach(async () => {
    await callers.telephony.close();
    await gateway.telephony.close();
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });
  after(async () => { await line.close(); });

  const dial = (id: string): ReturnType<Adapter['telephony']['originate']> => callers.telephony.originate({ legId: legId(id), destination: line.inbound('4930555001'), callerNumber: '4930777001', ringTimeoutMs: 20_000 }, NEVER);

  it('is adopted by another process: new audio both ways, and nothing of the dead one is left', async () => {
    const caller = await dial('adopted-1');
    const key = await dead.answers();
    const callerMedia = await caller.openMedia(VOICE, NEVER);
    await dead.dies();

    const { leg, connected } = await gateway.telephony.adopt({ legId: legId(key) }, NEVER);
    expect(connected).to.equal(false);
    const events = recorded(leg);
    const media = await leg.openMedia(VOICE, NEVER);
    await gateway.telephony.sweepAfter(DEAD_NODE, NEVER);
    const stops = [keepPlaying(media, tone([700], { durationMs: 1000, sampleRateHz: 8000, decibels: -12 })), keepPlaying(callerMedia, tone([1100], { durationMs: 1000, sampleRateHz: 8000, decibels: -12 }))];
    const [heardByCaller, heardByUs] = [listenTo(callerMedia), listenTo(media)];
    await pause(clock, 1200, NEVER);
    for (const stop of stops) stop();
    expect(hears(heardByCaller.samples(), 700, 8000).share).to.be.above(0.8);
    expect(hears(heardByUs.samples(), 1100, 8000).share).to.be.above(0.8);
    await caller.sendDtmf('7', NEVER);
    await until(() => types(events).includes('dtmf'), 'the digit');
    expect((await line.asterisk.bridges()).map(({ id }) => id).filter((id) => id.includes(DEAD_NODE))).to.deep.equal([]);
    await caller.hangUp('normal');
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(events.at(-1)).to.include({ type: 'ended', released: false });
  });

  it('that it had transferred goes on, and ends with one of the two', async () => {
    const caller = await dial('adopted-2');
    const key = await dead.answers();
    await dead.transfers(key, line.inbound('4930999001'));
    await dead.dies();
    await gateway.telephony.sweepAfter(DEAD_NODE, NEVER); // cuts nobody who talks
    expect(await line.asterisk.bridges()).to.have.length(1);

    const { leg, connected } = await gateway.telephony.adopt({ legId: legId(key) }, NEVER);
    expect(connected).to.equal(true);
    await line.asterisk.request('DELETE', `channels/vg.${DEAD_NODE}.${key}.out1`);
    await until(() => leg.ended, 'end with the person');
    await leg.hangUp('normal');
    await until(() => caller.ended, 'end of the caller');
  });

  it('is not there any more when the caller has hung up, and is taken once only', async () => {
    const caller = await dial('adopted-3');
    const key = await dead.answers();
    await dead.dies();
    const { leg } = await gateway.telephony.adopt({ legId: legId(key) }, NEVER);
    expect(await failure(gateway.telephony.adopt({ legId: legId(key) }, NEVER))).to.include({ code: 'telephony/duplicate-leg' });
    await caller.hangUp('normal');
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    await gateway.telephony.sweepAfter(DEAD_NODE, NEVER);
    expect(await failure(gateway.telephony.adopt({ legId: legId(key) }, NEVER))).to.include({ kind: 'not-found' });
  });
});
