import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { MediaEvent } from '../../../src/application/ports/media-leg.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import { RtpMediaPlane, type RtpMediaPlaneOptions } from '../../../src/adapters/media/rtp-media-plane.js';
import type { RtpLeg } from '../../../src/adapters/media/rtp-leg.js';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { FarEnd } from '../../support/rtp/far-end.js';
import { RtpPeer } from '../../support/rtp/rtp-peer.js';

const WORKER_MODULE = new URL('../../../src/composition/media-worker.js', import.meta.url);
const LEG = { codec: 'ulaw', voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 }, mediaTimeoutMs: 5000, label: 'test' } as const;

function open(options: Partial<RtpMediaPlaneOptions> = {}): Promise<RtpMediaPlane> {
  return RtpMediaPlane.open({ bindHost: '127.0.0.1', port: 0, io: 'auto', maxLegs: 4, rehearse: false, workerModule: WORKER_MODULE, ...options }, AbortSignal.timeout(15_000));
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'nothing was thrown';
  } catch (error) {
    return isPortError(error) ? error.code : String(error);
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i += 1) await sleep(10);
  if (!condition()) throw new Error('waited 5 s in vain');
}

describe('RtpMediaPlane', () => {
  let plane: RtpMediaPlane | undefined;

  afterEach(async () => {
    await plane?.close();
    plane = undefined;
  });

  it('chooses batched packets by itself where they work, and says what the kernel granted', async () => {
    plane = await open();
    expect(plane.io).to.equal(process.platform === 'linux' ? 'batched' : 'dgram');
    expect(plane.localPort).to.be.above(0);
    const { receiveBufferBytes, receiveBufferBytesAsked, io } = plane.statistics();
    expect(io).to.equal(plane.io);
    expect(receiveBufferBytes).to.be.within(1, receiveBufferBytesAsked);
  });

  it('refuses a port that is taken, with either packet I/O', async () => {
    const other = createSocket('udp4');
    other.bind(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address();
    for (const io of ['auto', 'dgram'] as const) expect(await codeOf(() => open({ port, io }))).to.equal('media/bind');
    other.close();
    await once(other, 'close');
  });

  it('refuses a host that is not an IPv4 address', async () => {
    expect(await codeOf(() => open({ bindHost: 'localhost' }))).to.equal('media/peer-address');
  });

  it('says so when its thread cannot start', async () => {
    expect(await codeOf(() => open({ workerModule: new URL('./nowhere.js', import.meta.url) }))).to.equal('media/thread');
  });

  it('starts nothing when it was given up before, and leaves nothing when given up meanwhile', async () => {
    const options = { bindHost: '127.0.0.1', port: 0, io: 'auto', maxLegs: 1, workerModule: WORKER_MODULE } as const;
    const reason = new Error('given up');
    for (const signal of [AbortSignal.abort(reason), abortingSoon(reason)]) {
      expect(await codeOf(() => RtpMediaPlane.open(options, signal))).to.equal(String(reason));
    }
  });

  it('opens no more legs than it was made for, and uses a closed leg\'s place again', async () => {
    plane = await open({ maxLegs: 2 });
    const legs = [plane.openLeg(LEG), plane.openLeg(LEG)];
    expect(await codeOf(() => plane!.openLeg(LEG))).to.equal('media/capacity');
    await legs[0]!.close();
    const again = plane.openLeg(LEG);
    expect(plane.statistics().legsOpen).to.equal(2);
    expect(again.played).to.equal(0);
  });

  it('gives a peer to one leg only, until that is closed', async () => {
    plane = await open();
    const [a, b] = [plane.openLeg(LEG), plane.openLeg(LEG)];
    a.pinPeer('127.0.0.1', 16_001);
    expect(await codeOf(() => { b.pinPeer('127.0.0.1', 16_001); })).to.equal('media/peer-in-use');
    a.pinPeer('127.0.0.1', 16_001);
    a.pinPeer('127.0.0.1', 16_002);
    b.pinPeer('127.0.0.1', 16_001);
    await b.close();
    a.pinPeer('127.0.0.1', 16_001);
    expect(await codeOf(() => { a.pinPeer('asterisk', 16_003); })).to.equal('media/peer-address');
  });

  it('refuses legs once it is closed', async () => {
    plane = await open();
    const leg = plane.openLeg(LEG);
    await plane.close();
    expect(leg.play(new Int16Array(160))).to.equal(0);
    expect(await codeOf(() => plane!.openLeg(LEG))).to.equal('media/thread');
    await plane.close();
  });

  it('shows a leg nothing of the one that had its place before', async () => {
    plane = await open({ maxLegs: 1 });
    const peer = await RtpPeer.open();
    const first = plane.openLeg(LEG);
    first.onPlayed(() => undefined);
    first.pinPeer('127.0.0.1', peer.port);
    first.play(tone([440], { sampleRateHz: 8000, durationMs: 2000, decibels: -6 }));
    first.duck(-30);
    await until(() => first.played > 800);
    await first.close();
    const second = plane.openLeg(LEG);
    const heard: number[] = [];
    second.onPlayed((samples) => { heard.push(...samples); });
    second.pinPeer('127.0.0.1', peer.port);
    await until(() => heard.length > 800);
    expect(Math.max(...heard.map(Math.abs))).to.equal(0);
    expect(second.statistics.packetsReceived).to.equal(0);
    await peer.close();
  });

  it('gives a recorder both directions at the same positions', async () => {
    plane = await open();
    const peer = await RtpPeer.open();
    const leg = plane.openLeg(LEG);
    const caller: { position: number; length: number; atMs: number }[] = [];
    const agent: typeof caller = [];
    const agentSamples: number[] = [];
    const note = (to: typeof caller) => (samples: Int16Array, position: number, atMs: number): void => { to.push({ position, length: samples.length, atMs }); };
    leg.onAudio(note(caller));
    leg.onPlayed((samples, position, atMs) => { note(agent)(samples, position, atMs); agentSamples.push(...samples); });
    leg.pinPeer('127.0.0.1', peer.port);
    peer.stream(plane.localPort);
    await sleep(200);
    const sound = tone([440], { sampleRateHz: 8000, durationMs: 200, decibels: -6 });
    leg.play(sound);
    await until(() => leg.played === sound.length);
    await sleep(100);
    expect(agent).to.deep.equal(caller);
    const begin = agentSamples.findIndex((sample) => sample !== 0) - 1; // the tone begins with a zero
    expect(agentSamples.slice(begin, begin + sound.length)).to.deep.equal([...sound]);
    await peer.close();
  });

  it('hears nothing of a stranger and counts it', async () => {
    plane = await open();
    const [peer, stranger] = [await RtpPeer.open(), await RtpPeer.open()];
    const leg = plane.openLeg(LEG);
    let loudest = 0;
    leg.onAudio((samples) => { loudest = Math.max(loudest, ...samples.map(Math.abs)); });
    leg.pinPeer('127.0.0.1', peer.port);
    stranger.speak(new Int16Array(8000).fill(10_000));
    stranger.stream(plane.localPort);
    for (let i = 0; i < 20; i += 1) {
      peer.sendRaw(plane.localPort, Uint8Array.of(1, 2, 3));
      await sleep(10);
    }
    await until(() => plane!.statistics().dropped.foreign > 10 && plane!.statistics().dropped.malformed === 20);
    await sleep(50);
    expect(loudest).to.equal(0);
    expect(leg.statistics.packetsMalformed).to.equal(20);
    await Promise.all([peer.close(), stranger.close()]);
  });

  for (const io of ['batched', 'dgram'] as const) {
    it(`sends every frame on time while the main thread is stalled for 150 ms, by ${io}`, async () => {
      plane = await open({ io });
      const farEnd = await FarEnd.open();
      const leg = plane.openLeg(LEG);
      leg.pinPeer('127.0.0.1', farEnd.port);
      const sound = tone([300], { sampleRateHz: 8000, durationMs: 1000, decibels: -6 });
      leg.play(sound);
      await until(() => leg.played > 0);
      const stalls = await stallThrice(leg, sound);
      await until(() => leg.playoutPending === 0);
      await sleep(60);
      const packets = await farEnd.finish();
      const spoken = packets.slice(packets.findIndex(({ loud }) => loud), packets.findLastIndex(({ loud }) => loud) + 1);
      expect(spoken.every(({ loud }) => loud), 'speech without a hole').to.equal(true);
      for (const [i, packet] of spoken.entries()) expect(packet.sequence).to.equal((spoken[0]!.sequence + i) & 0xffff);
      // Seven frames are due in each stall. A main thread that sent them would send none; the thread, even on a busy machine, most.
      const during = stalls.map(([from, to]) => packets.filter(({ atMs }) => atMs >= from && atMs < to).length);
      expect(during.reduce((sum, count) => sum + count)).to.be.within(10, 27);
      expect(leg.statistics.underruns).to.equal(0);
    });
  }

  it('reports the death of its thread: every leg loses its media, and nothing hangs', async () => {
    plane = await open({ workerModule: new URL('./fixtures/dying-media-worker.js', import.meta.url) });
    const leg = plane.openLeg(LEG);
    const events: MediaEvent[] = [];
    leg.onEvent((event) => { events.push(event); });
    const died = new Promise<Error>((resolve) => plane!.onFailure(resolve));
    expect(await died).to.have.property('code', 'media/thread');
    expect(events.map(({ type }) => type)).to.deep.equal(['media-lost']);
    await leg.close();
    expect(await codeOf(() => plane!.openLeg(LEG))).to.equal('media/thread');
  });

  it('tells of a listener that throws, and goes on with the others', async () => {
    const faults: unknown[] = [];
    plane = await open({ onFault: (error) => { faults.push(error); } });
    const [a, b] = [plane.openLeg(LEG), plane.openLeg(LEG)];
    a.onAudio(() => { throw new Error('planted'); });
    let heard = 0;
    b.onAudio(() => { heard += 1; });
    await until(() => heard > 3 && faults.length > 3);
    expect(String(faults[0])).to.contain('planted');
  });
});

function abortingSoon(reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => { controller.abort(reason); }, 20);
  return controller.signal;
}

/** Blocks this thread three times, refilling the agent's audio between, as an engine would. Returns when each stall began and ended. */
async function stallThrice(leg: RtpLeg, sound: Int16Array): Promise<(readonly [fromMs: number, toMs: number])[]> {
  const stalls: (readonly [number, number])[] = [];
  for (let i = 0; i < 3; i += 1) {
    await sleep(40);
    leg.play(sound.subarray(0, leg.playoutSpace));
    const fromMs = monotonicNowMs();
    while (monotonicNowMs() < fromMs + 150) JSON.parse('[1,2,3]');
    stalls.push([fromMs, fromMs + 150]);
  }
  return stalls;
}
