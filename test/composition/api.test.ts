import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MemoryTickets } from '../../src/adapters/state/memory/memory-tickets.js';
import { type Api, openApi } from '../../src/composition/api.js';
import { developmentToken } from '../../src/composition/development-token.js';
import type { Runtime } from '../../src/composition/runtime.js';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../src/adapters/runtime/ulid-source.js';
import { runCommandLine } from '../../src/cli/command-line.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { FakeAuditTrail } from '../support/fakes/fake-audit-trail.js';
import { FakeApplication } from '../support/fakes/fake-application.js';
import { RecordingLogger } from '../support/fakes/recording-logger.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { JwksServer } from '../support/servers/jwks-server.js';
import { TestKey } from '../support/tokens/test-key.js';

describe('the management API as it is composed', () => {
  const signal = new AbortController().signal;
  let directory: string;
  let environment: Readonly<Record<string, string>>;
  let log: RecordingLogger;
  let api: Api | null = null;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-api-'));
    environment = { VG_ASTERISK_PASSWORD: 'x', VG_TENANTS_DIRECTORY: directory, VG_API_PORT: '0', VG_API_DEVELOPMENT_DIRECTORY: path.join(directory, 'keys') };
    log = new RecordingLogger();
  });

  afterEach(async () => {
    await api?.close();
    api = null;
    await rm(directory, { recursive: true });
  });

  const settings = (more: Readonly<Record<string, string>> = {}): Config => {
    const loaded = loadConfig({ file: null, env: { ...environment, ...more }, readFile: () => '' });
    if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join());
    return loaded.value;
  };
  const open = async (config: Config): Promise<Api | null> => {
    const clock = new SystemClock({ onFault: (fault) => { throw fault as Error; } });
    const runtime: Runtime = { clock, ids: new UlidSource(), log, metrics: new PrometheusMetrics({ logger: silentLogger, processMetrics: false }) };
    api = await openApi(config, runtime, { application: new FakeApplication(), state: { tickets: new MemoryTickets(clock), requestCounts: null }, audit: new FakeAuditTrail() }, signal);
    return api;
  };
  const status = async (token: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${api?.port ?? 0}/api/v1/calls`, { headers: { authorization: `Bearer ${token}`, connection: 'close' } });
    await response.text();
    return response.status;
  };

  it('is off unless something says whose tokens it believes, and says so in one line', async () => {
    expect(await open(settings())).to.equal(null);
    expect(log.messages()).to.deep.equal(['the management API is off: neither api.jwksUrl nor api.development is set']);
  });

  it('believes tokens made on this machine when told to, and warns', async () => {
    const config = settings({ VG_API_DEVELOPMENT: 'true' });
    await open(config);
    const asked = { subject: 'ada', role: 'viewer', tenantId: 'north-bank', lifetimeMs: 60_000 } as const;
    const made = await developmentToken(config, asked);
    expect(await status(made.token)).to.equal(200);
    expect(made.warning).to.equal(null);
    const elsewhere = await developmentToken(settings({ VG_API_DEVELOPMENT: 'true', VG_API_DEVELOPMENT_DIRECTORY: path.join(directory, 'another') }), asked);
    expect(await status(elsewhere.token)).to.equal(401);
    expect(elsewhere.warning).to.match(/A new key was made in .*another\. [^]*\n {2}fix: /u);
    expect(await status('forged')).to.equal(401);
    expect(log.messages('warn')).to.have.lengthOf(1);
    expect(api?.health).to.equal(null);
  });

  it('believes the tokens of an issuer by its keys', async () => {
    const key = TestKey.ec('key-1');
    const jwks = await JwksServer.start(key);
    try {
      await open(settings({ VG_API_JWKS_URL: jwks.url, VG_API_ISSUER: 'https://login.example.com/', VG_API_TENANT_CLAIM: 'https://example.com/tenant' }));
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: 'https://login.example.com/', aud: 'voice-gateway', sub: 'ada', iat: now, exp: now + 60, role: 'viewer', 'https://example.com/tenant': 'north-bank' };
      expect(await status(key.token(claims))).to.equal(200);
      expect(await status(key.token({ ...claims, 'https://example.com/tenant': undefined, tenant_id: 'north-bank' }))).to.equal(401);
      expect(api?.health?.()).to.deep.equal({ name: 'token-issuer', ready: true, required: false, detail: 'keys known' });
    } finally {
      await jwks.stop();
    }
  });

  describe('voice-gateway token', () => {
    /** Exit code, and what was written. */
    const run = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
      const written = { out: '', err: '' };
      const [stdout, stderr] = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)];
      process.stdout.write = (text: string | Uint8Array) => { written.out += String(text); return true; };
      process.stderr.write = (text: string | Uint8Array) => { written.err += String(text); return true; };
      try {
        return { code: await runCommandLine(['node', 'voice-gateway', 'token', ...args], { ...environment, ...more }), ...written };
      } finally {
        Object.assign(process.stdout, { write: stdout });
        Object.assign(process.stderr, { write: stderr });
      }
    };
    const development = { VG_API_DEVELOPMENT: 'true' };

    it('prints a token that the gateway with the same settings believes', async () => {
      await open(settings(development));
      for (const args of [['--tenant', 'north-bank', '--role', 'admin'], ['--tenant', 'north-bank', '--minutes', '1']]) {
        const { code, out, err } = await run(args, development);
        expect({ code, err }).to.deep.equal({ code: 0, err: '' });
        expect(await status(out.trim())).to.equal(200);
      }
      const { out } = await run(['--role', 'platform'], development);
      expect(await status(out.trim()), 'asks which tenant is meant').to.equal(400);
    });

    it('refuses production, gateways that would not believe it, and tokens of nobody, each with a fix', async () => {
      const told = [
        await run(['--tenant', 'north-bank'], { ...development, NODE_ENV: 'production' }), await run(['--tenant', 'north-bank']), await run([], development),
        await run(['--tenant', 'north-bank', '--role', 'platform'], development), await run(['--tenant', 'north-bank', '--minutes', '30'], development),
      ];
      for (const { code, out, err } of told) {
        expect({ code, out }).to.deep.equal({ code: 2, out: '' });
        expect(err).to.match(/fix: /u);
      }
      expect(told[0]?.err).to.contain('NODE_ENV is production');
      expect((await run(['--tenant', '../x'], development)).code).to.equal(2);
      expect((await run(['--tenant', 'north-bank', '--role', 'root'], development)).code).to.equal(2);
    });
  });
});
