import { expect } from 'chai';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../src/adapters/runtime/ulid-source.js';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import type { SpeechToText } from '../../src/application/ports/speech-to-text.js';
import { openSpeech, type Speech } from '../../src/composition/speech.js';
import { speechAccounts } from '../../src/composition/speech-providers.js';
import { describeFaults } from '../../src/config/config-fault.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import type { Tenant } from '../../src/domain/tenant/tenant.js';
import { aProfile } from '../support/builders/a-profile.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { DEEPGRAM_KEY, DeepgramServer } from '../support/servers/speech/deepgram-server.js';

const never = new AbortController().signal;

function configOf(accounts: string): Config {
  const loaded = loadConfig({ file: 'gateway.yaml', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants' }, readFile: () => `speech:\n  accounts:\n    ${accounts.split('\n').join('\n    ')}\n` });
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return loaded.value;
}

describe('what an account may be used for at one time', () => {
  const profile = aProfile({ speech: { sttProviders: ['first', 'second'], ttsProviders: ['first', 'second'], voice: 'any', backupVoices: { second: 'any' } } });
  const limited = aTenant({ id: tenantId('limited'), agents: [profile], speechLimits: { first: { sttStreamsMax: 1, ttsRequestsMax: null } } });
  const other = aTenant({ id: tenantId('other'), agents: [profile] });
  const owned = new CloseStack();
  let first: DeepgramServer;
  let second: DeepgramServer;
  let speech: Speech;
  let metrics: PrometheusMetrics;

  before(async () => {
    first = await DeepgramServer.start();
    owned.defer('first', () => first.stop());
    second = await DeepgramServer.start();
    owned.defer('second', () => second.stop());
    metrics = new PrometheusMetrics({ logger: silentLogger, processMetrics: false });
    const clock = new SystemClock({ onFault: (error) => { throw error; } });
    speech = await openSpeech(configOf([
      `first: { provider: deepgram, apiKey: ${DEEPGRAM_KEY}, url: "${first.url}", sttStreamsMax: 3, sttStreamsPerTenantMax: 2, finalLatencyMs: 1234 }`,
      `second: { provider: deepgram, apiKey: ${DEEPGRAM_KEY}, url: "${second.url}" }`,
    ].join('\n')), { clock, metrics, log: silentLogger, ids: new UlidSource() }, never);
    owned.defer('speech', () => speech.close());
  });
  after(() => owned.close());

  const callOf = (tenant: Tenant): SpeechToText => speech.forProfile(profile, tenant).speechToText;
  const busy = async (tenant: string): Promise<number> => {
    const line = (await metrics.render()).split('\n').find((each) => each.startsWith('voicegw_provider_busy_total{') && each.includes('provider="first"') && each.includes(`tenant="${tenant}"`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  it('is bounded for a tenant by its own limit and the account\'s, for all by the account\'s, over all calls', async () => {
    const open = (tenant: Tenant) => callOf(tenant).open({ language: 'en-US', sampleRateHz: 8000 }, never);
    const streams = [await open(limited), await open(limited)];
    expect([await busy('limited'), await busy('other')]).to.deep.equal([1, 0]);
    streams.push(await open(other), await open(other));
    expect(await busy('other'), 'three in all').to.equal(0);
    streams.push(await open(other));
    expect(await busy('other'), 'the fourth').to.equal(1);
    await Promise.all(streams.map((stream) => stream.close()));
    streams.push(await open(other), await open(other), await open(other));
    expect(await busy('other'), 'one tenant has two').to.equal(2);
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it('waits for finals as long as the account says', () => {
    expect(callOf(other).capabilities.finalLatencyP99Ms).to.equal(1234);
  });

  it('is told where it is no whole number, and what there is besides', () => {
    const faults = (accounts: string): string => {
      try { return JSON.stringify(speechAccounts(configOf(accounts))); } catch (error) { return (error as Error).message; }
    };
    for (const wrong of ['0', '-1', '1.5', 'many', '1000000', 'true']) {
      expect(faults(`deepgram: { apiKey: k, sttStreamsMax: ${wrong} }`), wrong).to.equal('speech.accounts.deepgram: sttStreamsMax must be a whole number from 1 to 100000');
    }
    expect(faults('deepgram: { apiKey: k, sttStreams: 1 }')).to.match(/deepgram has no setting sttStreams; it has .*sttStreamsMax, .*finalLatencyMs/u);
  });
});
