import { expect } from 'chai';
import { z } from 'zod';
import { LocalCounters, type SendCommand, WINDOW_MS } from '../../../../../src/adapters/http/api/limits/request-counters.js';
import { RequestLimits, type RequestRates } from '../../../../../src/adapters/http/api/limits/request-limits.js';
import { jsonOperation, type Operation } from '../../../../../src/adapters/http/api/operation.js';
import { scriptSender } from '../../../../../src/adapters/state/redis/script-sender.js';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import type { TokenVerifier } from '../../../../../src/application/ports/token-verifier.js';
import { RecordingLogger } from '../../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../../support/fakes/recording-metrics.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';
import { until } from '../../../../support/until.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';
import { RedisWorld } from '../../../state/redis/redis-world.js';

const RATES: RequestRates = { tenantRequestsPerMinute: 12, tenantWritesPerMinute: 4, addressRequestsPerMinute: 1000, failedLoginsPerMinute: 5 };

function operation(id: string, method: 'get' | 'post'): Operation {
  return jsonOperation({
    id, method, path: `/${id}`, tag: 'Calls', summary: id, permission: 'calls:read', scope: 'tenant', audited: method === 'post', params: z.object({}), query: z.strictObject({}), body: null,
    answer: { kind: 'json', status: 200, doc: 'ok', schema: z.object({ ok: z.boolean() }) }, problems: [], example: {}, handle: () => Promise.resolve({ body: { ok: true } }),
  });
}

describe('RequestLimits', () => {
  const operations = [operation('listThings', 'get'), operation('changeThing', 'post'), operation('placeCall', 'post')];
  const scenes: ApiScene[] = [];
  let clock: VirtualClock;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;

  beforeEach(() => {
    clock = new VirtualClock({ wallStart: new Date().toISOString() });
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
  });

  afterEach(async () => { for (const scene of scenes.splice(0)) await scene.close(); });

  interface Deviations {
    readonly rates?: RequestRates;
    readonly send?: SendCommand | null;
    readonly trustedProxies?: readonly string[];
    readonly verifier?: TokenVerifier;
  }
  const open = async ({ rates = RATES, send = null, trustedProxies = [], verifier }: Deviations = {}): Promise<ApiScene> => {
    const limits = new RequestLimits({ rates, clock, logger, metrics, shared: send === null ? null : { send, prefix: 'vg:rate:' } });
    const scene = new ApiScene({ limits, operations, trustedProxies, ...(verifier === undefined ? {} : { verifier }) });
    await scene.open();
    scenes.push(scene);
    return scene;
  };
  const list = (scene: ApiScene, tenant = 'north-bank', headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> => scene.ask('GET', '/api/v1/listThings', { token: scene.token('viewer', tenant), headers });
  const change = (scene: ApiScene, id = 'changeThing'): Promise<ApiAnswer> => scene.ask('POST', `/api/v1/${id}`, { token: scene.token('viewer') });
  const times = async (count: number, act: () => Promise<ApiAnswer>): Promise<number[]> => {
    const statuses: number[] = [];
    for (let time = 0; time < count; time += 1) statuses.push((await act()).status);
    return statuses;
  };

  it('lets a tenant ask as often as it may, tells it how often that is, then when to come back', async () => {
    const scene = await open();
    const first = await list(scene);
    expect(first.headers.get('ratelimit')).to.match(/"address"; r=999; t=60.*"requests"; r=11; t=60/u);
    expect(first.headers.get('ratelimit-policy')).to.match(/"requests"; q=12; w=60/u);
    expect(new Set(await times(11, () => list(scene)))).to.deep.equal(new Set([200]));
    clock.advance(20_000);
    const { status, headers, body } = await list(scene);
    expect(status).to.equal(429);
    expect(headers.get('content-type')).to.include('application/problem+json');
    expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
    expect(body).to.include({ code: 'too-many-requests', reason: 'requests' });
    expect(metrics.value('api_limited_total', { limit: 'requests' })).to.equal(1);
    clock.advance(40_000);
    expect((await list(scene)).status).to.equal(200);
  });

  it('counts what needs no token too: the document is large, and the pages are files', async () => {
    const scene = await open({ rates: { ...RATES, addressRequestsPerMinute: 3 } });
    expect(await times(4, () => scene.ask('GET', '/openapi.json'))).to.deep.equal([200, 200, 200, 429]);
    expect((await scene.ask('GET', '/docs')).status).to.equal(429);
    expect((await list(scene)).status, 'of the same address').to.equal(429);
  });

  it('counts each tenant on its own, and those who work for all by who they are', async () => {
    const scene = await open();
    expect((await times(13, () => list(scene))).at(-1)).to.equal(429);
    expect((await list(scene, 'harbour-grill')).status).to.equal(200);
    const asPlatform = (): Promise<ApiAnswer> => scene.ask('GET', '/api/v1/listThings?tenant=north-bank', { token: scene.token('platform') });
    expect((await times(13, asPlatform)).filter((status) => status === 200)).to.have.lengthOf(12);
  });

  it('allows fewer changes, which count as requests too', async () => {
    const scene = await open();
    expect(await times(5, () => change(scene))).to.deep.equal([200, 200, 200, 200, 429]);
    expect((await change(scene)).body).to.include({ reason: 'writes' });
    expect(scene.audit.entries.map(({ outcome }) => outcome), 'who is turned away fills no trail').to.deep.equal(['done', 'done', 'done', 'done']);
    expect((await times(7, () => list(scene))).filter((status) => status === 200)).to.have.lengthOf(6);
    expect(await times(1, () => change(scene, 'placeCall'))).to.deep.equal([429]);
  });

  it('looks no more at a token that was not valid too often, for a minute; others of the address go on', async () => {
    const scene = await open();
    const forge = (): Promise<ApiAnswer> => scene.ask('GET', '/api/v1/listThings', { token: 'forged' });
    expect(await times(7, forge)).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
    const blocked = await forge();
    expect([blocked.status, blocked.body?.['reason'], Number(blocked.headers.get('retry-after')) > 0]).to.deep.equal([429, 'logins', true]);
    expect((await list(scene)).status, 'one bad client behind a proxy locks out nobody else').to.equal(200);
    expect((await scene.ask('GET', '/api/v1/listThings')).status, 'no token is not that token').to.equal(401);
    clock.advance(WINDOW_MS);
    expect((await forge()).status).to.equal(401);
  });

  it('looks at nothing of an address of which ten times as many tokens were not valid, for a minute', async () => {
    const scene = await open();
    let forged = 0;
    const forge = (): Promise<ApiAnswer> => scene.ask('GET', '/api/v1/listThings', { token: `forged-${forged += 1}` });
    const statuses = await times(52, forge);
    expect([statuses.slice(0, 50).every((status) => status === 401), ...statuses.slice(50)]).to.deep.equal([true, 429, 429]);
    const blocked = await list(scene);
    expect([blocked.status, blocked.body?.['reason']]).to.deep.equal([429, 'logins']);
    clock.advance(WINDOW_MS);
    expect((await list(scene)).status).to.equal(200);
  });

  it('tells once per peer, with the setting, of a proxy that is not trusted and of one that says Forwarded only', async () => {
    const warnings = (scene: ApiScene): readonly string[] => scene.logger.messages('warn');
    const alone = await open();
    await list(alone);
    expect(warnings(alone)).to.deep.equal([]);
    await list(alone, 'north-bank', { 'x-forwarded-for': '192.0.2.1' });
    await list(alone, 'north-bank', { forwarded: 'for=192.0.2.2' });
    expect(warnings(alone)).to.have.lengthOf(1);
    expect(warnings(alone)[0]).to.contain('api.trustedProxies');
    const behind = await open({ trustedProxies: ['127.0.0.0/8'] });
    await list(behind, 'north-bank', { 'x-forwarded-for': '192.0.2.1' });
    expect(warnings(behind)).to.deep.equal([]);
    await list(behind, 'north-bank', { forwarded: 'for=192.0.2.2' });
    expect(warnings(behind)[0]).to.contain('X-Forwarded-For');
  });

  it('tells no more than five of a hundred forgers who come at once that they were not believed', async () => {
    let arrived = 0;
    const patient: TokenVerifier = {
      verify: async () => { // nobody is refused before all are being looked at
        arrived += 1;
        await until(() => arrived === 100);
        throw new PortError('refused', { code: 'token-verifier/refused', kind: 'rejected' });
      },
      close: () => Promise.resolve(),
    };
    const scene = await open({ verifier: patient });
    const told = await Promise.all(Array.from({ length: 100 }, () => scene.ask('GET', '/api/v1/listThings', { token: 'forged' })));
    expect(told.filter(({ status }) => status === 401)).to.have.lengthOf(5);
    expect(told.filter(({ status }) => status === 429)).to.have.lengthOf(95);
  });

  it('limits an address before it is known who asks', async () => {
    const scene = await open({ rates: { ...RATES, addressRequestsPerMinute: 3 } });
    expect(await times(4, () => scene.ask('GET', '/api/v1/nothing'))).to.deep.equal([404, 404, 404, 429]);
    expect((await scene.ask('GET', '/elsewhere')).status).to.equal(429);
  });

  it('believes what a proxy says of addresses only when that proxy is trusted', async () => {
    const rates = { ...RATES, addressRequestsPerMinute: 2 };
    const from = (scene: ApiScene, address: string): Promise<ApiAnswer> => list(scene, 'north-bank', { 'x-forwarded-for': address });
    const alone = await open({ rates });
    expect([await from(alone, '192.0.2.1'), await from(alone, '192.0.2.2'), await from(alone, '192.0.2.3')].map(({ status }) => status)).to.deep.equal([200, 200, 429]);
    const behind = await open({ rates, trustedProxies: ['127.0.0.0/8'] });
    expect([await from(behind, '192.0.2.1'), await from(behind, '192.0.2.2'), await from(behind, '192.0.2.3')].map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect([await from(behind, '192.0.2.9, 192.0.2.1'), await from(behind, '192.0.2.8, 192.0.2.1')].map(({ status }) => status), 'the last but the proxy counts: the rest anybody can write').to.deep.equal([200, 429]);
    const subnet = await open({ rates, trustedProxies: ['127.0.0.1/32'] });
    expect([await from(subnet, '2001:db8::1'), await from(subnet, '2001:db8::2'), await from(subnet, '2001:db8:0:ff::3')].map(({ status }) => status), 'one /56').to.deep.equal([200, 200, 429]);
  });

  it('remembers a bounded number of clients, the newest', () => {
    const counters = new LocalCounters(clock);
    for (let client = 0; client < 60_000; client += 1) counters.increment(`client-${client}`);
    expect([counters.get('client-0'), counters.get('client-59999')?.totalHits]).to.deep.equal([undefined, 1]);
    expect(counters.get('client-10000')?.totalHits).to.equal(1);
  });

  describe('with one Redis for two servers', () => {
    let world: RedisWorld;

    before(async () => { world = await RedisWorld.start(); });
    after(async () => { await world.stop(); });
    afterEach(async () => {
      for (const scene of scenes.splice(0)) await scene.close();
      await world.disconnect();
    });

    const pair = async (commandTimeoutMs = 10_000): Promise<readonly [ApiScene, ApiScene]> => [
      await open({ send: scriptSender(await world.connect({ commandTimeoutMs }), 'rate-limits') }), await open({ send: scriptSender(await world.connect({ commandTimeoutMs }), 'rate-limits') }),
    ];

    it('is exact, however many ask both at once', async () => {
      const servers = await pair();
      const told = await Promise.all(Array.from({ length: 80 }, (_, number) => list(servers[number % 2 === 0 ? 0 : 1])));
      expect(told.filter(({ status }) => status === 200)).to.have.lengthOf(12);
      expect(told.filter(({ status }) => status === 429)).to.have.lengthOf(68);
      const changes = await Promise.all(Array.from({ length: 20 }, (_, number) => servers[number % 2 === 0 ? 0 : 1].ask('POST', `/api/v1/${number % 3 === 0 ? 'placeCall' : 'changeThing'}`, { token: servers[number % 2 === 0 ? 0 : 1].token('viewer', 'harbour-grill') })));
      expect(changes.filter(({ status }) => status === 200)).to.have.lengthOf(4);
      expect(await world.immortal()).to.deep.equal([]);
    });

    it('counts failed logins on both', async () => {
      await world.empty();
      const servers = await pair();
      let turn = 0;
      expect(await times(7, () => servers[(turn += 1) % 2 === 0 ? 0 : 1].ask('GET', '/api/v1/listThings', { token: 'forged' }))).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
    });

    it('goes on when Redis has forgotten its scripts', async () => {
      const [server] = await pair();
      await world.inspector.script('FLUSH');
      await world.empty();
      expect((await list(server)).status).to.equal(200);
      expect((await list(server)).headers.get('ratelimit')).to.match(/"requests"; r=10/u);
    });

    it('reads on without Redis, counting alone; places no calls; and counts together again when it is back', async () => {
      await world.empty();
      const [server] = await pair(100);
      expect(await times(2, () => list(server))).to.deep.equal([200, 200]);
      await world.kill();
      expect((await times(13, () => list(server))).filter((status) => status === 200)).to.have.lengthOf(12);
      expect((await change(server)).status, 'as the reads before it used all up').to.equal(429);
      const refused = await change(server, 'placeCall');
      expect([refused.status, refused.body?.['code'], Number(refused.headers.get('retry-after')) > 0]).to.deep.equal([503, 'unavailable', true]);
      expect(logger.messages('warn')).to.include('requests are counted by this node alone: redis does not answer');
      await world.server.restart();
      let back = await change(server, 'placeCall');
      while (back.status === 503) back = await change(server, 'placeCall');
      expect(back.status).to.equal(200);
      clock.advance(1001);
      expect((await list(server)).headers.get('ratelimit'), 'as Redis counts').to.match(/"requests"; r=10/u);
    });

    it('begins while Redis is away', async () => {
      await world.kill();
      const [server] = await pair(100);
      expect([(await list(server)).status, (await change(server, 'placeCall')).status]).to.deep.equal([200, 503]);
      await world.server.restart();
      let back = await change(server, 'placeCall');
      while (back.status === 503) back = await change(server, 'placeCall');
      expect(back.status).to.equal(200);
    });

    it('keeps no read waiting for a Redis that stands still', async () => {
      await world.empty();
      const send = scriptSender(await world.connect({ commandTimeoutMs: 100 }), 'rate-limits');
      let sent = 0;
      const server = await open({ send: (...command) => { sent += 1; return send(...command); } });
      expect((await list(server)).status).to.equal(200);
      world.server.freeze();
      try {
        sent = 0;
        expect(new Set(await times(5, () => list(server)))).to.deep.equal(new Set([200]));
        expect(sent, 'each counter asks once (that of logins of the token and of its address, at one time), then waits a second').to.equal(4);
        expect((await change(server, 'placeCall')).status).to.equal(503);
      } finally {
        world.server.thaw();
      }
    });
  });
});
