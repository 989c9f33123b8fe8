import { expect } from 'chai';
import { codeOf } from '../../src/application/ports/port-error.js';
import { type MediaAddresses, trustedMedia } from '../../src/composition/media-addresses.js';
import { tellPlainTextLinks } from '../../src/composition/plain-text-links.js';
import { TrustedNetworks } from '../../src/composition/trusted-networks.js';
import { loadConfig } from '../../src/config/load-config.js';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { RecordingLogger } from '../support/fakes/recording-logger.js';

describe('TrustedNetworks', () => {
  it('covers the loopback and what it is given, nothing else', () => {
    const networks = new TrustedNetworks(['10.20.0.0/16', '192.0.2.7', 'fd00::/8']);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '10.20.0.0', '10.20.255.255', '192.0.2.7', 'fd12::1']) expect(networks.covers(address), address).to.equal(true);
    for (const address of ['10.19.255.255', '10.21.0.0', '192.0.2.8', 'fe80::1', '0.0.0.0', '', 'localhost', '10.20.0.1.example.com']) expect(networks.covers(address), address).to.equal(false);
  });
});

describe('trustedMedia', () => {
  const LOOPBACK: MediaAddresses = { bindHost: '127.0.0.1', advertisedHost: '127.0.0.1', peerHost: null, trustedNetworks: [] };
  const codeWith = (deviations: Partial<MediaAddresses>): string => {
    try {
      trustedMedia({ ...LOOPBACK, ...deviations });
      return 'fine';
    } catch (error) {
      return `${codeOf(error)}: ${(error as Error).message}`;
    }
  };

  it('needs no setting on one machine', () => {
    expect(codeWith({})).to.equal('fine');
    expect(trustedMedia(LOOPBACK)('127.0.0.1')).to.equal(true);
    expect(trustedMedia(LOOPBACK)('10.0.0.9')).to.equal(false);
  });

  it('refuses addresses of ours and of the peer outside the networks, and says how to mend it', () => {
    for (const deviations of [{ bindHost: '10.0.0.5' }, { advertisedHost: '10.0.0.5' }, { peerHost: '10.0.0.9' }, { bindHost: '0.0.0.0' }]) {
      expect(codeWith(deviations)).to.match(/^media\/untrusted-network: .*Fix: add the network \(CIDR\).* to media\.trustedNetworks/u);
    }
    expect(codeWith({ bindHost: '0.0.0.0', advertisedHost: '10.0.0.5', peerHost: '10.0.0.9', trustedNetworks: ['10.0.0.0/24'] })).to.equal('fine');
    expect(codeWith({ bindHost: '0.0.0.0', advertisedHost: '10.0.1.5', trustedNetworks: ['10.0.0.0/24'] })).to.include('media.advertiseHost is 10.0.1.5');
  });
});

describe('tellPlainTextLinks', () => {
  const told = async (env: Readonly<Record<string, string>>): Promise<{ readonly settings: readonly unknown[]; readonly page: string }> => {
    const loaded = loadConfig({ file: null, readFile: () => '', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: '/none', ...env } });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const log = new RecordingLogger();
    const metrics = new PrometheusMetrics({ logger: log });
    await tellPlainTextLinks(loaded.value, { log, metrics });
    return { settings: log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['setting']), page: await metrics.render() };
  };
  const FAR = {
    VG_ASTERISK_ARI_URL: 'http://10.0.0.9:8088/ari', VG_AGENT_ORCHESTRATOR_URL: 'http://mind.invalid:8090', VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: 'redis://user:hidden@10.0.0.7:6379/0',
    VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: '10.0.0.8:9092', VG_TENANTS_DIRECTORY: '', VG_TENANTS_MANAGER_URL: 'http://[fd00::1]:80', VG_TENANTS_SERVED: 'north-bank',
  };

  it('is silent on one machine', async () => {
    expect((await told({})).settings).to.deep.equal([]);
  });

  it('names each setting whose connection leaves the machine in the clear, in log and metric', async () => {
    const { settings, page } = await told(FAR);
    expect([...settings].sort()).to.deep.equal(['agent.orchestratorUrl', 'asterisk.ariUrl', 'events.kafka.brokers', 'state.redis.url', 'tenants.managerUrl']);
    expect(page).to.include('voicegw_plain_text_links{setting="asterisk.ariUrl"} 1');
    expect(page).to.not.include('hidden');
  });

  it('is silent about networks and names that are trusted, and about what is encrypted', async () => {
    expect((await told({ ...FAR, VG_SECURITY_TRUSTED_NETWORKS: '10.0.0.0/24,mind.invalid,fd00::/8' })).settings).to.deep.equal([]);
    expect((await told({
      VG_ASTERISK_ARI_URL: 'https://10.0.0.9:8089/ari', VG_AGENT_ORCHESTRATOR_URL: 'https://mind.invalid', VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: 'rediss://10.0.0.7:6379/0',
      VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: '10.0.0.8:9093', VG_EVENTS_KAFKA_TLS: 'true',
    })).settings).to.deep.equal([]);
  });
});
