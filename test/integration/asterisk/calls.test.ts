import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import type { LegEvent, ReleaseCause } from '../../../src/application/ports/telephony.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { NEVER, recorded, types, until } from '../../contract/telephony-scene.js';
import { AsteriskLine, endAll, hears, keepPlaying, listenTo, ring, talk, type Adapter, type Conversation } from './asterisk-line.js';

const HEARING_MS = 1500;
const NOTHING_LEFT = { channels: 0, bridges: 0, rtpSockets: 0 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const playing = (hz: number): Int16Array => tone([hz], { sampleRateHz: 8000, durationMs: 1000, decibels: -12 });

describe('Calls through a real Asterisk', () => {
  let line: AsteriskLine;
  let gateway: Adapter;
  let callers: Adapter;

  before(async () => { line = await AsteriskLine.open({ values: { VG_PERSON_S: '3' } }); });
  beforeEach(async () => {
    gateway = await line.gateway();
    callers = await line.callers();
  });
  afterEach(async () => {
    await endAll();
    await callers.telephony.close();
    await gateway.telephony.close();
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal(NOTHING_LEFT);
    expect([...gateway.logger.messages('error'), ...callers.logger.messages('error')]).to.deep.equal([]);
  });
  after(async () => { await line.close(); });

  it('carry sound both ways and end without a trace', async () => {
    const call = await ring(line, callers, gateway, { did: '+4930555002', callerNumber: '4930777009', correlationId: 'story-1' });
    expect(call.offer).to.include({ dialledNumber: '+4930555002', callerNumber: '4930777009', trunk: 'trunk', correlationId: 'story-1' });
    const events = [recorded(call.caller), recorded(call.leg)];
    const { gatewayMedia, callerMedia } = await talk(call);
    const stops = [keepPlaying(gatewayMedia, playing(600)), keepPlaying(callerMedia, playing(1000))];
    await pause(500);
    const [atGateway, atCaller] = [listenTo(gatewayMedia), listenTo(callerMedia)];
    await pause(HEARING_MS);
    stops.forEach((stop) => { stop(); });
    for (const { share, decibels } of [hears(atGateway.samples(), 1000, 8000), hears(atCaller.samples(), 600, 8000)]) {
      expect(share).to.be.above(0.8);
      expect(decibels).to.be.within(-18, -12); // a sine of -12 dB peak is -15 dB in power
    }
    await call.caller.hangUp('normal');
    await until(() => call.leg.ended, 'the gateway hears of it');
    const hungUp = { type: 'ended', causeCode: 16, causeText: 'Normal call clearing', released: false };
    expect(events.map((leg) => leg.at(-1)), 'only one of them was hung up by its far end').to.deep.equal([hungUp, { ...hungUp, lineCauseCode: 16 }]);
  });

  it('reach the first agent frame a moment after the answer', async () => {
    const delaysMs: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const call = await ring(line, callers, gateway);
      const answeredAtMs = performance.now();
      const [media] = await Promise.all([call.leg.openMedia({ preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } }, NEVER), call.leg.answer(NEVER)]);
      const firstFrame = new Promise<number>((resolve) => { media.onEvent((event) => { if (event.type === 'playout-started') resolve(performance.now()); }); });
      media.play(playing(600));
      delaysMs.push(await firstFrame - answeredAtMs);
      await call.leg.hangUp('normal');
    }
    delaysMs.sort((a, b) => a - b);
    expect(delaysMs[2]).to.be.below(150); // measured on a quiet machine: 15–35 ms
  });

  it('carry digits both ways', async () => {
    const call = await ring(line, callers, gateway);
    await talk(call);
    const digits = (events: readonly LegEvent[]): string => events.map((event) => (event.type === 'dtmf' ? event.digit : '')).join('');
    const [atCaller, atGateway] = [recorded(call.caller), recorded(call.leg)];
    // One after the other, with a pause: Asterisk 22.10 garbles digits that it sends while it receives some on the same line.
    await call.caller.sendDtmf('1590#', NEVER);
    await until(() => digits(atGateway).length >= 5, 'digits of the caller');
    await pause(500);
    await call.leg.sendDtmf('7*A', NEVER);
    await until(() => digits(atCaller).length >= 3, 'digits of the agent');
    expect([digits(atGateway), digits(atCaller)]).to.deep.equal(['1590#', '7*A']);
    await call.leg.hangUp('normal');
  });

  it('are handed over to a person in the dialplan, whom the caller then hears', async () => {
    const call = await ring(line, callers, gateway);
    const { gatewayMedia, callerMedia } = await talk(call);
    const events = recorded(call.leg);
    expect(await call.leg.transfer({ kind: 'extension', context: 'transfers', extension: 'person' }, NEVER)).to.deep.equal({ kind: 'handed-over' });
    expect(events.at(-1)).to.include({ type: 'ended', released: true });
    expect(gatewayMedia.play(new Int16Array(160))).to.equal(0);
    await pause(1700); // four short notes first
    const listening = listenTo(callerMedia);
    await pause(800);
    expect(hears(listening.samples(), 440, 8000).share).to.be.above(0.3); // 440 and 550 Hz together
    expect(await line.leftOver()).to.deep.equal([]);
    await call.caller.hangUp('normal');
  });

  it('are connected to a number that answers, and end when it hangs up', async () => {
    const call = await ring(line, callers, gateway);
    const { callerMedia } = await talk(call);
    expect(await call.leg.transfer({ kind: 'number', number: '5551999', ringTimeoutMs: 10_000 }, NEVER)).to.deep.equal({ kind: 'connected' });
    const listening = listenTo(callerMedia);
    await pause(1000);
    expect(hears(listening.samples(), 440, 8000).share).to.be.above(0.3); // 440 and 550 Hz together
    const target = (await line.asterisk.channels()).find(({ name }) => name.startsWith('PJSIP/public-network'))!;
    await line.asterisk.request('DELETE', `channels/${target.id}`);
    await until(() => call.leg.ended && call.caller.ended, 'both ended');
    await call.leg.hangUp('normal');
  });

  for (const [number, reason, ringTimeoutMs, causeCode] of [['5551486', 'busy', 10_000, 17], ['5551408', 'no-answer', 700, undefined], ['5559999', 'unreachable', 10_000, 1]] as const) {
    it(`stay with us when the number is ${reason}: the caller still hears the agent`, async () => {
      const call = await ring(line, callers, gateway);
      const { gatewayMedia, callerMedia } = await talk(call);
      expect(await call.leg.transfer({ kind: 'number', number, ringTimeoutMs }, NEVER)).to.deep.equal({ kind: 'failed', reason, ...(causeCode === undefined ? {} : { causeCode }) });
      const stop = keepPlaying(gatewayMedia, playing(600));
      await pause(300);
      const listening = listenTo(callerMedia);
      await pause(700);
      stop();
      expect(hears(listening.samples(), 600, 8000).share).to.be.above(0.8);
      await call.leg.hangUp('normal');
    });
  }

  it('to a trunk that does not exist are unreachable, not an outage', async () => {
    const call = await ring(line, callers, gateway);
    await call.leg.answer(NEVER);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect(await call.leg.transfer({ kind: 'number', number: '5551999', trunk: 'nowhere', ringTimeoutMs: 1000 }, NEVER)).to.deep.equal({ kind: 'failed', reason: 'unreachable' });
    }
    await call.leg.hangUp('normal');
  });

  const refusals: readonly (readonly [ReleaseCause, number])[] = [['busy', 17], ['congestion', 34], ['rejected', 21], ['no-answer', 19], ['unallocated-number', 1]];
  for (const [cause, causeCode] of refusals) {
    it(`that are refused as ${cause} tell the caller so (${String(causeCode)})`, async () => {
      const call = await ring(line, callers, gateway);
      const events = recorded(call.caller);
      await call.leg.hangUp(cause);
      await until(() => call.caller.ended, 'refusal');
      expect(events.at(-1)).to.include({ type: 'ended', causeCode });
      expect(types(events)).to.not.include('answered');
    });
  }

  it('hear nothing of what a stranger sends', async () => {
    const call = await ring(line, callers, gateway);
    const { gatewayMedia } = await talk(call);
    const before = line.gatewayPlane.statistics().dropped.foreign;
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    const listening = listenTo(gatewayMedia);
    for (let sequence = 0; sequence < 100; sequence += 1) {
      const packet = Buffer.alloc(172, 0x90); // loud µ-law
      packet.writeUInt16BE(0x8000, 0);
      packet.writeUInt16BE(sequence, 2);
      packet.writeUInt32BE(sequence * 160, 4);
      packet.writeUInt32BE(0xbad, 8);
      stranger.send(packet, line.gatewayPlane.localPort, '127.0.0.1');
      await pause(5);
    }
    await until(() => line.gatewayPlane.statistics().dropped.foreign - before >= 100, 'counted');
    expect(hears(listening.samples(), 1000, 8000).decibels).to.be.below(-60);
    stranger.close();
    await once(stranger, 'close');
    await call.leg.hangUp('normal');
  });

  it('may end at any moment of their set-up', async () => {
    for (let delayMs = 0; delayMs < 30; delayMs += 1) {
      const call = await ring(line, callers, gateway);
      const setUp = Promise.allSettled([
        call.leg.answer(NEVER), call.leg.openMedia({ preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } }, NEVER),
      ]);
      await pause(delayMs / 3);
      await call.caller.hangUp('normal');
      await setUp;
      await until(() => call.leg.ended, 'end');
      await call.leg.hangUp('normal');
    }
    expect(await line.leftOver()).to.deep.equal([]);
  });

  it('run twenty at a time', async () => {
    const calls: Conversation[] = [];
    for (let n = 0; n < 20; n += 1) calls.push(await ring(line, callers, gateway));
    await Promise.all(calls.map((call) => talk(call)));
    await pause(500);
    await Promise.all(calls.map((call, n) => (n % 2 === 0 ? call.leg : call.caller).hangUp('normal')));
    await until(() => calls.every((call) => call.leg.ended && call.caller.ended), 'all ended');
  });
});
