import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { HttpServer, type MetricsPage } from '../../../src/adapters/http/http-server.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { FakeApplication } from '../../support/fakes/fake-application.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('HttpServer', () => {
  const signal = new AbortController().signal;
  const clock = new SystemClock({ onFault: (fault) => { throw fault instanceof Error ? fault : new Error(String(fault)); } });
  let application: FakeApplication;
  let logger: RecordingLogger;
  let server: HttpServer;
  let page: MetricsPage;

  beforeEach(async () => {
    application = new FakeApplication();
    logger = new RecordingLogger();
    page = { contentType: 'text/plain; version=0.0.4; charset=utf-8', render: () => Promise.resolve('voicegw_calls_active 3\n') };
    const metricsPage: MetricsPage = { get contentType() { return page.contentType; }, render: () => page.render() };
    server = await HttpServer.open({ host: '127.0.0.1', port: 0, application, metricsPage, logger, clock }, signal);
  });

  afterEach(async () => {
    await server.close();
  });

  /** `Connection: close`, so that fetch keeps no socket past the test. */
  const ask = (path: string, method = 'GET'): Promise<Response> => fetch(server.url + path, { method, headers: { connection: 'close' } });

  const answer = async (path: string, method?: string): Promise<Answer> => {
    const response = await ask(path, method);
    return { status: response.status, headers: response.headers, body: await response.json() as Answer['body'] };
  };

  describe('/livez', () => {
    it('says alive in every phase, whatever fails outside', async () => {
      for (const phase of ['starting', 'serving', 'draining'] as const) {
        application.state = { ...application.state, phase, dependencies: [application.dependency({ ready: false })] };
        expect((await answer('/livez')).status).to.equal(200);
      }
    });
  });

  describe('/startupz', () => {
    it('says 503 until starting is over, and 200 from then on', async () => {
      application.state = { ...application.state, phase: 'starting' };
      expect((await answer('/startupz')).status).to.equal(503);
      application.state = { ...application.state, phase: 'draining' };
      expect((await answer('/startupz')).status).to.equal(200);
    });
  });

  describe('/readyz', () => {
    it('says 200 and the state of each dependency while calls can be taken', async () => {
      application.state = { ...application.state, callsActive: 2, dependencies: [application.dependency(), application.dependency({ name: 'tenants', ready: false, required: false, detail: 'north-bank.yaml is faulty' })] };
      const { status, body } = await answer('/readyz');
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        status: 'ready',
        calls: { active: 2, max: 10 },
        dependencies: { asterisk: { ready: true, required: true, detail: 'connected' }, tenants: { ready: false, required: false, detail: 'north-bank.yaml is faulty' } },
      });
    });

    for (const phase of ['starting', 'draining', 'stopped'] as const) {
      it(`says 503 while ${phase}`, async () => {
        application.state = { ...application.state, phase };
        const { status, body, headers } = await answer('/readyz');
        expect(status).to.equal(503);
        expect(body['status']).to.equal(phase);
        expect(headers.get('retry-after')).to.equal('5');
      });
    }

    it('says 503 while something it cannot do without is away', async () => {
      application.state = { ...application.state, dependencies: [application.dependency({ ready: false, detail: 'event socket down' })] };
      const { status, body } = await answer('/readyz');
      expect(status).to.equal(503);
      expect(body['status']).to.equal('unavailable');
    });

    it('says 429 at the limit of calls', async () => {
      application.state = { ...application.state, callsActive: 10 };
      expect((await answer('/readyz')).status).to.equal(429);
    });
  });

  it('shows the metrics page', async () => {
    const response = await ask('/metrics');
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).to.equal('voicegw_calls_active 3\n');
  });

  describe('under attack', () => {

    /** What the server says to these bytes until it closes the connection. */
    const told = async (...bytes: readonly string[]): Promise<string> => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.setEncoding('latin1').on('error', () => undefined); // a reset is an end too
      let text = '';
      socket.on('data', (data: string) => { text += data; });
      for (const part of bytes) socket.write(part, 'latin1');
      await new Promise((resolve) => { socket.once('close', resolve); });
      return text;
    };

    it('lets go of a client that never finishes its headers', async () => {
      const beganAtMs = performance.now();
      expect(await told('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')).to.contain('408');
      expect(performance.now() - beganAtMs).to.be.lessThan(15_000);
    });

    it('refuses headers without end, and what is no HTTP', async () => {
      expect(await told(`GET /livez HTTP/1.1\r\nhost: x\r\n${'x: y\r\n'.repeat(20_000)}`)).to.contain('431');
      expect(await told('\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n')).to.contain('400');
      expect(await told('GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')).to.contain('400');
    });

    it('reads no body, however long it says it is', async () => {
      expect(await told('POST /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999999999\r\n\r\n', 'x'.repeat(1_000_000))).to.contain('405 Method Not Allowed');
    });

    it('gives paths with escapes, control characters and parents no meaning', async () => {
      for (const path of ['/%', '/%00', '/..%2f..%2fetc%2fpasswd', '/readyz%0d%0aset-cookie:%20a', '/__proto__', `/${'a'.repeat(8000)}`]) {
        const text = await told(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        expect(text, path).to.match(/^HTTP\/1.1 40[04]/u).and.not.to.match(/set-cookie|node_modules/u);
      }
      expect(logger.messages('error')).to.deep.equal([]);
    });
  });

  it('answers unknown paths with a problem', async () => {
    const { status, headers, body } = await answer('/nowhere');
    expect(status).to.equal(404);
    expect(headers.get('content-type')).to.contain('application/problem+json');
    expect(body).to.include({ status: 404, code: 'not-found' });
  });

  it('only lets itself be read', async () => {
    const { status, headers } = await answer('/readyz', 'POST');
    expect(status).to.equal(405);
    expect(headers.get('allow')).to.equal('GET, HEAD');
  });

  it('answers a failure of ours with a problem that gives nothing away, and logs it', async () => {
    page = { ...page, render: () => Promise.reject(new Error('secret detail')) };
    const { status, body } = await answer('/metrics');
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.contain('secret detail');
    expect(logger.messages('error')).to.deep.equal(['http request failed']);
  });

  it('sets the headers that keep browsers safe, and does not say what it runs on', async () => {
    const { headers } = await answer('/livez');
    expect(headers.get('content-security-policy')).to.be.a('string');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-powered-by')).to.equal(null);
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('cannot be opened twice on one port', async () => {
    const port = Number(new URL(server.url).port);
    let error: unknown;
    try {
      await HttpServer.open({ host: '127.0.0.1', port, application, metricsPage: page, logger, clock }, signal);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.instanceOf(PortError).and.to.include({ code: 'http/address-unavailable' });
    expect((error as PortError).message).to.match(/: another program listens there already\.\n {2}fix: /u);
  });

  it('lets a request under way finish while it closes', async () => {
    let finish: (text: string) => void = () => undefined;
    let begun: () => void = () => undefined;
    const rendering = new Promise<void>((resolve) => { begun = resolve; });
    page = { ...page, render: () => new Promise<string>((resolve) => { finish = resolve; begun(); }) };
    const response = ask('/metrics');
    await rendering;
    const closed = server.close();
    finish('done\n');
    expect(await (await response).text()).to.equal('done\n');
    await closed;
  });

  it('may be closed twice', async () => {
    await server.close();
    await server.close();
  });

  describe('POST /drain', () => {
    const drain = (headers: Record<string, string>): Promise<Response> => fetch(`${server.url}/drain`, { method: 'POST', headers: { connection: 'close', ...headers } });

    it('drains, for somebody on this machine who says that this is meant', async () => {
      const response = await drain({ 'x-voice-gateway': 'drain' });
      expect(response.status).to.equal(202);
      expect(await response.json()).to.deep.include({ status: 'draining' });
      expect(application.drains).to.equal(1);
    });

    it('is not for pages in a browser, nor for others behind a proxy', async () => {
      for (const headers of [{}, { 'x-voice-gateway': 'please' }, { 'x-voice-gateway': 'drain', 'x-forwarded-for': '203.0.113.7' }, { 'x-voice-gateway': 'drain', forwarded: 'for=203.0.113.7' }]) {
        expect((await drain(headers)).status).to.equal(403);
      }
      expect(application.drains).to.equal(0);
    });

    /** fetch writes `Host` itself. */
    const drainAs = (headers: Record<string, string>): Promise<number> => new Promise((resolve, reject) => {
      httpRequest(`${server.url}/drain`, { method: 'POST', headers: { connection: 'close', 'x-voice-gateway': 'drain', ...headers } }, (response) => {
        response.resume().once('end', () => { resolve(response.statusCode ?? 0); });
      }).once('error', reject).end();
    });

    it('is not for a page whose name was made to lead here (DNS rebinding), nor for one of another origin', async () => {
      for (const host of ['evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', 'gateway', '[::1']) expect(await drainAs({ host }), host).to.equal(403);
      for (const header of [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: server.url }, { 'sec-fetch-site': 'cross-site' }, { referer: 'https://evil.example/' }]) expect(await drainAs(header), JSON.stringify(header)).to.equal(403);
      expect(application.drains).to.equal(0);
    });

    it('is for whoever calls this machine by its own name', async () => {
      for (const host of ['127.0.0.1:8080', 'localhost', 'LOCALHOST:1', '[::1]:8080', '127.0.0.53']) expect(await drainAs({ host }), host).to.equal(202);
    });
  });
});
