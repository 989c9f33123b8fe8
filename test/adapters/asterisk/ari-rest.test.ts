import { inspect } from 'node:util';
import { expect } from 'chai';
import { AriHttp } from '../../../src/adapters/asterisk/ari-http.js';
import { AriRest } from '../../../src/adapters/asterisk/ari-rest.js';
import { DEFAULT_TIMINGS, type AsteriskTimings } from '../../../src/adapters/asterisk/asterisk-timings.js';
import { failure, NEVER } from '../../contract/telephony-scene.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri, type FaultMode } from '../../support/servers/fake-ari.js';
import { systemClock as clock } from './asterisk-world.js';

const QUICK: Partial<AsteriskTimings> = { requestTimeoutMs: 400, originateTimeoutMs: 400, loadTimeoutMs: 1000, breakerHalfOpenMs: 200 };

describe('AriRest', () => {
  let ari: FakeAri;
  let http: AriHttp;
  let rest: AriRest;
  let metrics: RecordingMetrics;
  let outages: number;

  const connect = (timings: Partial<AsteriskTimings> = QUICK, url = ari.url, password = FAKE_ARI_PASSWORD): void => {
    http = new AriHttp({ baseUrl: url, username: FAKE_ARI_USER, password, clock });
    metrics = new RecordingMetrics();
    outages = 0;
    rest = new AriRest({ http, clock, metrics, timings: { ...DEFAULT_TIMINGS, ...timings }, onOutage: () => { outages += 1; } });
  };

  beforeEach(async () => {
    ari = await FakeAri.start();
    connect();
  });
  afterEach(async () => {
    http.close();
    await ari.close();
  });

  describe('loading', () => {
    it('fetches what it needs and opens no event socket', async () => {
      await rest.load(NEVER);
      expect(await rest.version()).to.equal('22.10.1');
      const documents = new Set(ari.requests.filter((request) => request.includes('api-docs')));
      expect([...documents].sort()).to.deep.equal([
        'GET api-docs/applications.json', 'GET api-docs/asterisk.json', 'GET api-docs/bridges.json', 'GET api-docs/channels.json', 'GET api-docs/resources.json',
      ]);
      expect(ari.requests.filter((request) => request.includes('events'))).to.deep.equal([]);
    });

    it('goes where it was told that Asterisk is, whatever address the documents give', async () => {
      connect(QUICK, ari.url.replace('127.0.0.1', 'localhost'));
      await rest.load(NEVER);
      expect(await rest.version()).to.equal('22.10.1');
    });

    it('happens once', async () => {
      await rest.load(NEVER);
      const { length } = ari.requests;
      await rest.load(NEVER);
      expect(ari.requests).to.have.lengthOf(length);
    });

    const outcomes: readonly (readonly [FaultMode, string])[] = [
      ['hang', 'telephony/timeout'], ['reset', 'telephony/unavailable'], ['html', 'telephony/protocol'], ['unavailable', 'telephony/unavailable'], ['allocation-failed', 'telephony/refused'],
    ];
    for (const [mode, code] of outcomes) {
      for (const match of [/resources\.json/, /channels\.json/]) {
        it(`survives "${mode}" at ${match.source} and succeeds when asked again`, async () => {
          ari.faults.push({ mode, match });
          expect((await failure(rest.load(NEVER))).code).to.equal(code);
          ari.faults.length = 0;
          await rest.load(NEVER);
          expect(await rest.channelIds()).to.deep.equal([]);
        });
      }
    }

    it('fails at once where nobody listens', async () => {
      await ari.goAway();
      expect((await failure(rest.load(NEVER))).code).to.equal('telephony/unavailable');
      await ari.comeBack();
    });

    it('says that the password is wrong', async () => {
      connect(QUICK, ari.url, 'wrong');
      expect((await failure(rest.load(NEVER))).code).to.equal('telephony/forbidden');
    });

  });

  describe('a request', () => {
    beforeEach(async () => { await rest.load(NEVER); });

    it('before loading fails as unavailable', async () => {
      connect();
      expect((await failure(rest.channelIds())).code).to.equal('telephony/unavailable');
    });

    const outcomes: readonly (readonly [FaultMode, string])[] = [
      ['hang', 'telephony/timeout'], ['lost-answer', 'telephony/timeout'], ['reset', 'telephony/unavailable'], ['html', 'telephony/protocol'],
      ['unavailable', 'telephony/unavailable'], ['allocation-failed', 'telephony/refused'],
    ];
    for (const [mode, code] of outcomes) {
      it(`that ends in "${mode}" fails as ${code}, in time`, async () => {
        ari.faults.push({ mode });
        const startedAtMs = clock.nowMs();
        expect((await failure(rest.channelIds())).code).to.equal(code);
        expect(clock.nowMs() - startedAtMs).to.be.below(3000);
        expect(metrics.value('provider_errors_total', { port: 'telephony', code })).to.equal(1);
      });
    }

    it('frees its socket when nobody answers', async () => {
      ari.faults.push({ mode: 'hang' });
      await Promise.all(Array.from({ length: 5 }, () => failure(rest.channelIds())));
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      expect(ari.connectionCount).to.be.at.most(1); // the one ari-client opened for itself at loading
    });

    it('for something that does not exist fails as not-found, which is no error of the provider', async () => {
      expect(await failure(rest.answer('nope'))).to.include({ code: 'telephony/not-found', kind: 'not-found' });
      expect(await failure(rest.addToBridge('nope', 'nope'))).to.include({ kind: 'not-found' });
      expect(metrics.value('provider_errors_total')).to.equal(0);
    });

    it('to remove what is gone succeeds', async () => {
      expect(await rest.hangUp('nope', 16)).to.equal(false);
      expect(await rest.destroyBridge('nope')).to.equal(false);
    });

    it('to make a bridge that exists succeeds', async () => {
      await rest.createBridge('vg.n1.x.br');
      await rest.createBridge('vg.n1.x.br');
      expect(ari.world.bridges.get('vg.n1.x.br')!.type).to.equal('mixing,dtmf_events');
    });

    it('given up ends at once', async () => {
      ari.faults.push({ mode: 'hang' });
      const giveUp = new AbortController();
      const request = failure(rest.channelIds(giveUp.signal));
      giveUp.abort();
      expect((await request).code).to.equal('telephony/aborted');
    });

    it('takes a new socket when Asterisk closed the idle one', async () => {
      for (let round = 0; round < 3; round += 1) {
        expect(await rest.channelIds()).to.deep.equal([]);
        await ari.goAway();
        await ari.comeBack();
      }
    });

    it('keeps its socket for the next one', async () => {
      const before = ari.connectionsAccepted;
      for (let round = 0; round < 20; round += 1) await rest.channelIds();
      expect(ari.connectionsAccepted).to.equal(before);
    });

    it('never tells the password, however it fails', async () => {
      const failures: unknown[] = [];
      for (const mode of ['hang', 'reset', 'html', 'allocation-failed'] as const) {
        ari.faults.push({ mode });
        failures.push(await failure(rest.channelIds()));
        ari.faults.length = 0;
      }
      connect(QUICK, ari.url.replace('http://', `http://someone:${FAKE_ARI_PASSWORD}@`), FAKE_ARI_PASSWORD);
      await ari.goAway();
      failures.push(await failure(rest.load(NEVER)));
      await ari.comeBack();
      const told = inspect(failures, { depth: 10, showHidden: true });
      expect(told).to.not.contain(FAKE_ARI_PASSWORD);
      expect(told).to.not.contain(Buffer.from(`${FAKE_ARI_USER}:${FAKE_ARI_PASSWORD}`).toString('base64'));
    });
  });

  describe('its breaker', () => {
    beforeEach(async () => { await rest.load(NEVER); });

    const failTimes = async (times: number): Promise<void> => {
      for (let attempt = 0; attempt < times; attempt += 1) await failure(rest.channelIds());
    };

    it('opens after five outages in a row, and lets one request through when its time has come', async () => {
      ari.faults.push({ mode: 'reset' });
      await failTimes(5);
      ari.faults.length = 0;
      const { length } = ari.requests;
      expect((await failure(rest.channelIds())).code).to.equal('telephony/unavailable');
      expect(ari.requests).to.have.lengthOf(length);
      expect(metrics.value('breaker_open', { port: 'telephony' })).to.equal(1);
      await new Promise((resolve) => { setTimeout(resolve, 250); });
      expect(await rest.channelIds()).to.deep.equal([]);
      expect(metrics.value('breaker_open', { port: 'telephony' })).to.equal(0);
    });

    it('does not open for refusals: Asterisk is there and says no', async () => {
      ari.faults.push({ mode: 'allocation-failed' });
      await failTimes(10);
      ari.faults.length = 0;
      for (let attempt = 0; attempt < 10; attempt += 1) await failure(rest.answer('nope'));
      expect(await rest.channelIds()).to.deep.equal([]);
    });

    it('does not open because we gave requests up: callers hang up all day', async () => {
      ari.faults.push({ mode: 'hang' });
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const giveUp = new AbortController();
        const request = failure(rest.channelIds(giveUp.signal));
        giveUp.abort();
        expect((await request).code).to.equal('telephony/aborted');
      }
      ari.faults.length = 0;
      expect(await rest.channelIds()).to.deep.equal([]);
    });

    it('tells of each request that was sent and found no answer, not of those it kept back', async () => {
      ari.faults.push({ mode: 'unavailable' });
      await failTimes(5);
      await failure(rest.channelIds());
      expect(outages).to.equal(5);
      expect((await failure(rest.probe(NEVER))).code).to.equal('telephony/unavailable');
      ari.faults.length = 0;
      await rest.probe(NEVER);
      expect(outages, 'nor of probes').to.equal(5);
    });

    it('closes when the event socket has proved that Asterisk is back', async () => {
      ari.faults.push({ mode: 'reset' });
      await failTimes(5);
      ari.faults.length = 0;
      rest.closeBreaker();
      expect(await rest.channelIds()).to.deep.equal([]);
    });
  });
});
