import { expect } from 'chai';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { HttpTenantDirectory, type HttpTenantDirectoryOptions } from '../../../src/adapters/tenants/http-tenant-directory.js';
import { defaultPrompts, recordingWords } from '../../../src/config/default-prompts.js';
import { agentId, tenantId } from '../../../src/domain/shared/ids.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';
import { failure, tenantDirectoryContract } from '../../contract/tenant-directory.contract.js';
import { aTenant } from '../../support/builders/a-tenant.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { type ServerMood, TenantManagerServer } from '../../support/servers/tenant-manager-server.js';

describe('HttpTenantDirectory', () => {
  const signal = new AbortController().signal;
  const clock = new SystemClock({ onFault: () => undefined });

  const optionsFor = (server: TenantManagerServer, deviations: Partial<HttpTenantDirectoryOptions> = {}): HttpTenantDirectoryOptions => ({
    baseUrl: server.url, token: null, served: server.tenants.map((tenant) => tenant.id), words: { prompts: defaultPrompts, recording: recordingWords },
    requestTimeoutMs: 1000, clock, logger: silentLogger, metrics: new RecordingMetrics(), ...deviations,
  });

  tenantDirectoryContract(async (tenants) => {
    const server = await TenantManagerServer.start(tenants);
    return { directory: new HttpTenantDirectory(optionsFor(server)), lists: true, dispose: () => server.stop() };
  });

  describe('against the tenant-manager', () => {
    let server: TenantManagerServer;
    let directory: HttpTenantDirectory;
    let metrics: RecordingMetrics;
    let logger: RecordingLogger;

    const use = (deviations: Partial<HttpTenantDirectoryOptions> = {}): void => {
      directory = new HttpTenantDirectory(optionsFor(server, { metrics, logger, ...deviations }));
    };

    beforeEach(async () => {
      server = await TenantManagerServer.start([aTenant(), aTenant({ id: tenantId('rival'), name: 'Rival' })]);
      metrics = new RecordingMetrics();
      logger = new RecordingLogger();
    });

    afterEach(async () => {
      await directory.close();
      await server.stop();
    });

    it('reads where a tenant may call, and that one without a word of it places no calls', async () => {
      const outbound = { countries: ['DE'], kinds: ['fixed', 'premium'] as const, allowedPrefixes: ['+4420'], deniedPrefixes: ['+4932'], homeCountry: 'DE', limits: { concurrentMax: 7, callsPerSecondMax: 3, callDurationMaxMs: 600_000, minutesPerDayMax: 30, callsPerNumberPerDayMax: 1 } };
      server.tenants = [aTenant({ outbound }), aTenant({ id: tenantId('rival') })];
      use();
      expect((await directory.findById(tenantId('north-bank'), signal))?.outbound).to.deep.equal(outbound);
      expect(await directory.findById(tenantId('rival'), signal)).not.to.have.property('outbound');
    });

    it('asks the endpoints of the product', async () => {
      use({ served: [tenantId('north-bank')] });
      await directory.findByDid('+555 1000', 'trunk', signal);
      expect(server.requests).to.deep.equal(['/api/v1/tenants/north-bank/telephony/dids/5551000', '/api/v1/tenants/north-bank/telephony/settings']);
    });

    it('lets the trunk decide when two tenants have a number', async () => {
      use();
      server.trunks = { rival: ['rival-trunk'] };
      expect((await directory.findByDid('5551000', 'rival-trunk', signal))?.id).to.equal('rival');
      expect((await failure(directory.findByDid('5551000', 'other', signal))).code).to.equal('tenant-directory/ambiguous');
      expect((await failure(directory.findByDid('5551000', '', signal))).code).to.equal('tenant-directory/ambiguous');
    });

    it('brings its token', async () => {
      server.token = 'sesame';
      use({ token: 'sesame' });
      expect(await directory.findById(tenantId('rival'), signal)).not.to.equal(null);
      await directory.close();
      use({ token: 'wrong' });
      expect((await failure(directory.findById(tenantId('rival'), signal))).code).to.equal('tenant-directory/rejected');
    });

    it('fills prompts that the manager does not give from the language', async () => {
      const tenant = aTenant();
      server.tenants = [{ ...tenant, agents: tenant.agents.map((agent) => ({ ...agent, language: 'de-DE', prompts: { greeting: 'Hallo.' } as never })) }];
      use();
      const found = await directory.findById(tenantId('north-bank'), signal);
      expect(found?.agents[0]?.prompts.greeting).to.equal('Hallo.');
      expect(found?.agents[0]?.prompts.goodbye).to.equal(defaultPrompts('de')?.goodbye);
    });

    for (const [name, value] of [['agentDeadlineMs', 1e12], ['callerSilenceMs', 0], ['bargeInMs', 12.5], ['stallMs', '20s']] as const) {
      it(`takes no turn policy with which a caller would wait for ever: ${name} ${JSON.stringify(value)}`, async () => {
        const tenant = aTenant();
        server.tenants = [{ ...tenant, agents: tenant.agents.map((agent) => ({ ...agent, turnPolicy: { ...agent.turnPolicy, [name]: value } })) }];
        use();
        const refused = await failure(directory.findById(tenantId('north-bank'), signal));
        expect(refused.code).to.equal('tenant-directory/protocol');
        expect(String(refused.cause)).to.match(/turn_policy\.\w+ must be a whole number from \d+ to \d+/u);
      });
    }

    it('tries again when repeating may help', async () => {
      use();
      server.mood = { kind: 'status', status: 503 };
      const found = directory.findById(tenantId('rival'), signal);
      while (server.requests.length < 1) await new Promise((resolve) => { setImmediate(resolve); });
      server.mood = { kind: 'well' };
      expect((await found)?.name).to.equal('Rival');
      expect(metrics.value('provider_errors_total', { code: 'tenant-directory/unavailable' })).to.equal(1);
    });

    const failures: readonly { readonly mood: ServerMood; readonly code: string; readonly attempts: number }[] = [
      { mood: { kind: 'status', status: 500 }, code: 'tenant-directory/unavailable', attempts: 3 },
      { mood: { kind: 'status', status: 429, retryAfter: '60' }, code: 'tenant-directory/rate-limited', attempts: 1 },
      { mood: { kind: 'status', status: 403 }, code: 'tenant-directory/rejected', attempts: 1 },
      { mood: { kind: 'status', status: 302 }, code: 'tenant-directory/protocol', attempts: 1 },
      { mood: { kind: 'garbage' }, code: 'tenant-directory/protocol', attempts: 1 },
      { mood: { kind: 'foreign' }, code: 'tenant-directory/protocol', attempts: 1 },
      { mood: { kind: 'reset' }, code: 'tenant-directory/unavailable', attempts: 3 },
    ];
    for (const { mood, code, attempts } of failures) {
      it(`maps ${JSON.stringify(mood)} to ${code} after ${attempts} attempt(s)`, async () => {
        use();
        server.mood = mood;
        expect((await failure(directory.findById(tenantId('rival'), signal))).code).to.equal(code);
        expect(server.requests).to.have.lengthOf(attempts);
      });
    }

    it('gives up on a manager that does not answer', async () => {
      use({ requestTimeoutMs: 60 });
      server.mood = { kind: 'hang' };
      expect(await failure(directory.findById(tenantId('rival'), signal))).to.include({ code: 'tenant-directory/timeout', kind: 'timeout' });
    });

    it('gives up at once when nobody waits any more', async () => {
      use({ requestTimeoutMs: 60_000 });
      server.mood = { kind: 'hang' };
      const caller = new AbortController();
      const asked = failure(directory.findById(tenantId('rival'), caller.signal));
      while (server.requests.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
      caller.abort();
      expect((await asked).code).to.equal('tenant-directory/aborted');
    });

    it('leaves a manager that failed five times alone, and comes back to it', async () => {
      use({ breakerHalfOpenMs: 1500 }); // longer than the back-off between the attempts
      server.mood = { kind: 'status', status: 500 };
      await failure(directory.findById(tenantId('rival'), signal));
      expect((await failure(directory.findById(tenantId('rival'), signal))).code).to.equal('tenant-directory/breaker-open');
      expect(server.requests).to.have.lengthOf(5);
      expect(logger.messages('error')).to.deep.equal(['tenant-manager breaker opened']);
      server.mood = { kind: 'well' };
      await new Promise((resolve) => { setTimeout(resolve, 1600); });
      expect((await directory.findById(tenantId('rival'), signal))?.name).to.equal('Rival');
      expect(logger.messages('info')).to.deep.equal(['tenant-manager breaker closed']);
    });

    it('knows the number even when settings do not list it', async () => {
      const tenant = aTenant();
      server.tenants = [tenant];
      use();
      const listed: Tenant | null = await directory.findByDid('5551000', '', signal);
      expect(listed?.dids).to.deep.equal([{ number: '5551000', agentId: agentId('card-delivery') }]);
    });
  });
});
