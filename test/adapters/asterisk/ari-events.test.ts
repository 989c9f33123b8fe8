import { expect } from 'chai';
import fc from 'fast-check';
import { AriEvents } from '../../../src/adapters/asterisk/ari-events.js';
import { AriHttp } from '../../../src/adapters/asterisk/ari-http.js';
import type { AriEvent } from '../../../src/adapters/asterisk/ari-schema.js';
import { DEFAULT_TIMINGS, type AsteriskTimings } from '../../../src/adapters/asterisk/asterisk-timings.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { until } from '../../contract/telephony-scene.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri } from '../../support/servers/fake-ari.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { systemClock } from './asterisk-world.js';

const APP = 'app';
const QUICK: Partial<AsteriskTimings> = { reconnectMinMs: 5, reconnectMaxMs: 40, replacedPauseMinMs: 80, replacedPauseMaxMs: 80 };

interface Rig {
  readonly events: AriEvents;
  readonly heard: AriEvent[];
  readonly metrics: RecordingMetrics;
  readonly logger: RecordingLogger;
  reconciliations: number;
  onEvent: (event: AriEvent) => void;
  reconcile: () => Promise<void>;
}

describe('AriEvents', () => {
  let ari: FakeAri;
  const rigs: Rig[] = [];
  const https: AriHttp[] = [];

  const listen = (timings: Partial<AsteriskTimings> = QUICK, clock: Clock = systemClock): Rig => {
    const http = new AriHttp({ baseUrl: ari.url, username: FAKE_ARI_USER, password: FAKE_ARI_PASSWORD, clock });
    const heard: AriEvent[] = [];
    const [metrics, logger] = [new RecordingMetrics(), new RecordingLogger()];
    const rig: Rig = {
      heard, metrics, logger, reconciliations: 0, onEvent: (event) => { heard.push(event); }, reconcile: () => Promise.resolve(),
      events: new AriEvents({
        http, app: APP, clock, logger, metrics, timings: { ...DEFAULT_TIMINGS, ...timings }, random: () => 0.5,
        prepare: () => Promise.resolve(), onEvent: (event) => { rig.onEvent(event); },
        reconcile: () => {
          rig.reconciliations += 1;
          return rig.reconcile();
        },
      }),
    };
    rigs.push(rig);
    https.push(http);
    return rig;
  };
  const ready = (rig: Rig): Promise<void> => until(() => rig.events.status === 'ready', 'ready');
  const dtmf = (digit: string): string => JSON.stringify({ type: 'ChannelDtmfReceived', digit, duration_ms: 80, channel: { id: 'c' } });

  beforeEach(async () => { ari = await FakeAri.start(); });
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map(({ events }) => events.close()));
    for (const http of https.splice(0)) http.close();
    await ari.close();
  });

  it('hears every good event among 10,000 of all kinds, while one listener call in a hundred throws', async () => {
    const good = fc.constantFrom('StasisEnd', 'ChannelHold', 'ChannelUnhold', 'ChannelStateChange').map((type) => ({ type, channel: { id: 'good', state: 'Up' } }));
    const bad = fc.oneof(
      fc.string(), fc.json(), fc.constant('{"type":'), fc.constant('null'), fc.constant('[]'),
      fc.record({ type: fc.constantFrom('StasisStart', 'Dial', 'ChannelDestroyed', 'ChannelDtmfReceived'), channel: fc.anything(), peer: fc.anything(), digit: fc.anything() }).map((event) => JSON.stringify(event)),
      fc.record({ type: fc.string(), channel: fc.record({ id: fc.string() }) }).map((event) => JSON.stringify(event)),
      fc.constant(JSON.stringify({ type: '__proto__', channel: { id: 'x' } })),
    );
    const messages = fc.sample(fc.oneof(good.map((event) => ({ text: JSON.stringify(event), isGood: true })), bad.map((text) => ({ text, isGood: false }))), { numRuns: 10_000, seed: 20_261_120 });
    const rig = listen();
    let delivered = 0;
    rig.onEvent = (event) => {
      if (event.type === 'ApplicationReplaced' || event.type === 'Dial' || event.channel.id !== 'good') return;
      delivered += 1;
      if (delivered % 100 === 0) throw new Error('a bug in a listener');
    };
    rig.events.start();
    await ready(rig);
    for (const { text } of messages) ari.sendRaw(APP, text);
    const expected = messages.filter(({ isGood }) => isGood).length;
    await until(() => delivered === expected, `all ${String(expected)} good events`);
    expect(rig.logger.messages('error')).to.have.lengthOf(Math.floor(expected / 100));
    expect(rig.metrics.value('ari_unknown_events_total')).to.be.greaterThan(1000);
    expect(rig.events.status).to.equal('ready');
  });

  it('hears events that come before its own first sign of life, and only reads what it knows', async () => {
    const rig = listen();
    rig.events.start();
    await ready(rig);
    ari.sendRaw(APP, JSON.stringify({ type: 'ChannelVarset', variable: 'X', value: '1', channel: { id: 'c' } }));
    ari.sendRaw(APP, dtmf('5'));
    await until(() => rig.heard.length === 1);
    expect(rig.heard[0]).to.deep.include({ type: 'ChannelDtmfReceived', digit: '5', duration_ms: 80 });
    expect(rig.metrics.value('ari_unknown_events_total')).to.equal(0);
  });

  it('connects again when the socket is lost, and reconciles each time', async () => {
    const rig = listen();
    rig.events.start();
    await ready(rig);
    for (let round = 1; round <= 3; round += 1) {
      ari.dropEventSockets();
      await until(() => rig.events.status !== 'ready', 'lost');
      await ready(rig);
      expect(rig.reconciliations).to.equal(1 + round);
    }
    expect(rig.metrics.value('ari_reconnects_total')).to.equal(3);
    expect(rig.metrics.value('ari_connected')).to.equal(1);
  });

  it('notices a peer that is silent on an open socket', async () => {
    const rig = listen({ ...QUICK, pingIntervalMs: 60, pongTimeoutMs: 60, handshakeTimeoutMs: 500 });
    rig.events.start();
    await ready(rig);
    ari.freeze();
    await until(() => rig.events.status !== 'ready', 'found out');
    expect(rig.metrics.value('ari_connected')).to.equal(0);
    ari.unfreeze();
    await ready(rig);
  });

  it('stays on a socket whose peer answers pings', async () => {
    const rig = listen({ ...QUICK, pingIntervalMs: 10, pongTimeoutMs: 3000 });
    rig.events.start();
    await ready(rig);
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    expect(rig.reconciliations).to.equal(1);
  });

  it('never gives up: five minutes away are as good as one second', async () => {
    const clock = new VirtualClock();
    const rig = listen({}, clock);
    await ari.goAway();
    rig.events.start();
    for (let second = 0; second < 300; second += 1) {
      await clock.run(1000);
      await new Promise((resolve) => { setTimeout(resolve, 1); }); // the refusal of a real socket
    }
    const attempts = rig.logger.messages('warn').length;
    expect(attempts).to.be.within(60, 100); // one every 3.75 s at this jitter, and no flood
    await ari.comeBack();
    const backAtMs = clock.nowMs();
    await until(async () => {
      await clock.run(100);
      return rig.events.status === 'ready';
    }, 'ready');
    expect(clock.nowMs() - backAtMs).to.be.at.most(6000);
    await rig.events.close();
    expect(clock.pending).to.equal(0);
  });

  it('keeps away for a while when another process takes the application, and raises an alarm', async () => {
    const rig = listen();
    rig.events.start();
    await ready(rig);
    const thief = listen({ ...QUICK, replacedPauseMinMs: 100_000, replacedPauseMaxMs: 100_000 });
    thief.events.start();
    await until(() => rig.events.status === 'replaced', 'replaced');
    expect(rig.metrics.value('ari_application_replaced_total')).to.equal(1);
    expect(rig.metrics.value('ari_connected')).to.equal(0);
    expect(rig.logger.messages('error')).to.have.lengthOf(1);
    await ready(thief);
    await until(() => thief.events.status === 'replaced', 'taken back after the pause');
    await ready(rig);
  });

  it('repeats a reconciliation that fails, and is not ready meanwhile', async () => {
    const rig = listen();
    rig.reconcile = () => (rig.reconciliations < 3 ? Promise.reject(new PortError('no', { code: 'telephony/timeout', kind: 'timeout' })) : Promise.resolve());
    rig.events.start();
    await until(() => rig.reconciliations === 1);
    expect(rig.events.status).to.equal('reconciling');
    await ready(rig);
    expect(rig.reconciliations).to.equal(3);
  });

  it('does not hammer an Asterisk that accepts connections and drops them at once', async () => {
    const rig = listen({ ...QUICK, reconnectMinMs: 50, reconnectMaxMs: 400 });
    rig.reconcile = () => {
      ari.dropEventSockets();
      return Promise.resolve();
    };
    rig.events.start();
    await new Promise((resolve) => { setTimeout(resolve, 700); });
    expect(rig.reconciliations).to.be.within(1, 7);
  });

  it('closes in the middle of connecting, and of reconciling', async () => {
    await ari.goAway();
    const away = listen();
    away.events.start();
    await away.events.close();
    await ari.comeBack();
    const rig = listen();
    rig.reconcile = () => new Promise(() => undefined);
    rig.events.start();
    await until(() => rig.reconciliations === 1);
    await rig.events.close();
    expect(rig.events.status).to.equal('closed');
  });
});
