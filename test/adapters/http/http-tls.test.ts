import { copyFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { HttpServer } from '../../../src/adapters/http/http-server.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import { FakeApplication } from '../../support/fakes/fake-application.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { type CertificateFiles, TestAuthority } from '../../support/tls/certificates.js';
import { until } from '../../support/until.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const signal = new AbortController().signal;

interface Seen {
  readonly status: number;
  readonly hsts: string | undefined;
  readonly protocol: string | null;
  /** Common name of the server. */
  readonly name: string;
}

describe('HttpServer with TLS', function httpTls() {
  let authority: TestAuthority;
  let files: CertificateFiles;
  let logger: RecordingLogger;
  let clock: VirtualClock;
  let server: HttpServer | null = null;

  before(async function prepare() {
    const made = await TestAuthority.create();
    if (made === null) { this.skip(); return; } // no openssl on this machine
    authority = made;
    files = await authority.sign('first', 'IP:127.0.0.1');
  });
  after(async () => { await (authority as TestAuthority | undefined)?.close(); });

  const open = async (tls: CertificateFiles & { readonly clientAuthority?: string }): Promise<void> => {
    logger = new RecordingLogger();
    clock = new VirtualClock();
    server = await HttpServer.open({
      host: '127.0.0.1', port: 0, clock, logger, application: new FakeApplication(), metricsPage: { contentType: 'text/plain', render: () => Promise.resolve('') },
      tls: { clientAuthority: null, ...tls },
    }, signal);
  };
  afterEach(async () => {
    const closed = server?.close();
    clock.advance(2000);
    await closed;
    server = null;
  });

  const ask = (options: RequestOptions = {}): Promise<Seen> => new Promise((resolve, reject) => {
    const asking = request(`${server!.url}/livez`, { ca: readFileSync(authority.ca), agent: false, ...options }, (response) => {
      const { socket } = response;
      if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
      const seen = { status: response.statusCode ?? 0, hsts: response.headers['strict-transport-security'], protocol: socket.getProtocol(), name: String(socket.getPeerCertificate().subject.CN) };
      response.resume().on('end', () => { resolve(seen); });
    });
    asking.on('error', reject).end();
  });
  const codeFrom = (asking: Promise<Seen>): Promise<string> => asking.then(() => 'answered', (error: unknown) => (error as NodeJS.ErrnoException).code ?? '');

  it('answers with TLS, and tells browsers to come back with it only', async () => {
    await open(files);
    expect(server!.url).to.match(/^https:/u);
    expect(await ask()).to.deep.equal({ status: 200, hsts: 'max-age=31536000', protocol: 'TLSv1.3', name: 'first' });
    expect((await ask({ maxVersion: 'TLSv1.2' })).protocol).to.equal('TLSv1.2');
  });

  it('turns TLS below 1.2 away', async () => {
    await open(files);
    expect(await codeFrom(ask({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }))).to.match(/PROTO|ECONNRESET/u);
  });

  it('turns clients without a certificate of the authority away, when it has one', async () => {
    const client = await authority.sign('client', 'DNS:client.test');
    await open({ ...files, clientAuthority: authority.ca });
    expect(await codeFrom(ask())).to.not.equal('answered');
    expect((await ask({ cert: readFileSync(client.cert), key: readFileSync(client.key) })).status).to.equal(200);
  });

  it('shows a renewed certificate without a restart, and keeps the one before while the new one is faulty', async () => {
    const own = { cert: path.join(path.dirname(files.cert), 'own.pem'), key: path.join(path.dirname(files.key), 'own.key') };
    await copyFile(files.cert, own.cert);
    await copyFile(files.key, own.key);
    await open(own);
    const second = await authority.sign('second', 'IP:127.0.0.1');
    await copyFile(second.cert, own.cert); // the key is still the old one
    await until(() => { clock.advance(10_000); return logger.messages('error').length > 0; });
    expect(logger.messages('error')).to.deep.equal(['new certificate cannot be used: the one before stays']);
    expect((await ask()).name).to.equal('first');
    await copyFile(second.key, own.key);
    await until(() => { clock.advance(10_000); return logger.messages('info').includes('certificate read again'); });
    expect((await ask()).name).to.equal('second');
  });

  it('does not start without what it needs, and says what', async () => {
    const missing = HttpServer.open({
      host: '127.0.0.1', port: 0, clock: new VirtualClock(), logger: new RecordingLogger(), application: new FakeApplication(), metricsPage: { contentType: '', render: () => Promise.resolve('') },
      tls: { ...files, key: '/none.key', clientAuthority: null },
    }, signal);
    expect(codeOf(await missing.catch((error: unknown) => error))).to.equal('http/certificate-unusable');
    await open(files);
  });
});
