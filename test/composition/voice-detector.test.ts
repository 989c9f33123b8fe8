import { expect } from 'chai';
import { SpeechServer } from '../../examples/onprem-speech-server/server.js';
import { loadFvadClassifiers } from '../../src/adapters/dsp/fvad-classifier.js';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../src/adapters/runtime/ulid-source.js';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import type { MediaEvent } from '../../src/application/ports/media-leg.js';
import { DetectedCaller } from '../../src/application/speech/detected-caller.js';
import { installedSpeech } from '../../src/composition/installed-speech.js';
import { openSpeech, type Speech } from '../../src/composition/speech.js';
import { describeFaults } from '../../src/config/config-fault.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import { aProfile } from '../support/builders/a-profile.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { FakeSpeechToText } from '../support/fakes/fake-speech-to-text.js';
import { FakeTextToSpeech } from '../support/fakes/fake-text-to-speech.js';
import { MemoryLeg } from '../support/fakes/memory-leg.js';
import { RecordingLogger } from '../support/fakes/recording-logger.js';
import { BreakableRelay } from '../support/servers/speech/breakable-relay.js';
import { until } from '../support/until.js';
import { syntheticVoice } from '../support/synthetic-voice.js';

const never = new AbortController().signal;
const DETECTION = { onsetMs: 80, offsetMs: 200, sustainedMs: 200 };
const TOKEN = 'example-token';

function configOf(accounts: string): Config {
  const loaded = loadConfig({ file: 'gateway.yaml', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants' }, readFile: () => `speech:\n  accounts:\n${accounts}` });
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return loaded.value;
}

/** The server of examples/onprem-speech-server on the loopback, as an account says who speaks. */
describe('a voice detector that the settings name', function () {
  this.timeout(30_000);
  const owned = new CloseStack();
  const log = new RecordingLogger();
  let relay: BreakableRelay;
  let config: Config;
  let speech: Speech;
  let metrics: PrometheusMetrics;
  const profile = aProfile({ speech: { vadProvider: 'ours' } });

  before(async () => {
    const engines = { speechToText: new FakeSpeechToText(), textToSpeech: new FakeTextToSpeech(), classifiers: await loadFvadClassifiers(3) };
    const server = await SpeechServer.open({ engines, host: '127.0.0.1', port: 0, token: TOKEN, tls: null });
    owned.defer('server', () => server.close(0));
    relay = await BreakableRelay.start(Number(new URL(server.url).port), () => false);
    owned.defer('relay', () => relay.stop());
    config = configOf(`    ours: { provider: onprem, url: "grpc://127.0.0.1:${relay.port}", token: ${TOKEN}, tenants: north-bank }\n    deepgram: { apiKey: key }\n`);
    metrics = new PrometheusMetrics({ logger: log, processMetrics: false });
    speech = await openSpeech(config, { clock: new SystemClock({ onFault: (error) => { throw error; } }), metrics, log, ids: new UlidSource() }, never);
    owned.defer('speech', () => speech.close());
    await speech.warm([tenant], never);
    expect(log.lines.filter(({ level }) => level !== 'info')).to.deep.equal([]);
  });
  after(() => owned.close());
  beforeEach(() => { log.lines.length = 0; });

  const tenant = aTenant({ id: tenantId('north-bank'), agents: [profile] });
  const metric = async (name: string): Promise<string> => (await metrics.render()).split('\n').find((line) => line.startsWith(`voicegw_${name}`)) ?? '';

  it('is one of the accounts that can, for the tenants that may', () => {
    expect(installedSpeech(config).detectors).to.deep.equal(['local', 'ours']);
    expect(installedSpeech(config, 'other-bank').detectors).to.deep.equal(['local']);
    expect(speech.forProfile(profile, tenant).voiceDetector?.name).to.equal('ours');
    expect(speech.forProfile(aProfile(), tenant).voiceDetector).to.equal(undefined);
    expect(log.lines).to.deep.equal([]);
  });

  it('costs nobody a call when it is not there, and is missed aloud', () => {
    expect(speech.forProfile(profile, aTenant({ id: tenantId('other-bank') })).voiceDetector).to.equal(undefined);
    expect(speech.forProfile(aProfile({ speech: { vadProvider: 'deepgram' } }), tenant).voiceDetector).to.equal(undefined);
    expect(log.lines.map(({ level, fields }) => [level, fields['provider']])).to.deep.equal([['warn', 'ours'], ['warn', 'deepgram']]);
  });

  it('is missed aloud at start when it does not answer', async () => {
    const wrong = await openSpeech(configOf(`    ours: { provider: onprem, url: "grpc://127.0.0.1:1", connectTimeoutMs: 200 }\n`), { clock: new SystemClock({ onFault: (error) => { throw error; } }), metrics, log, ids: new UlidSource() }, never);
    try {
      await wrong.warm([tenant], never);
      expect(log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['code'])).to.deep.equal(['voice-activity/unavailable']);
    } finally {
      await wrong.close();
    }
  });

  it('tells when a caller speaks, and the leg goes on in the middle of a word when it is killed', async () => {
    const rung = speech.forProfile(profile, tenant).voiceDetector;
    if (rung === undefined) throw new Error('there must be a detector');
    const clock = new SystemClock({ onFault: (error) => { throw error; } });
    const leg = new MemoryLeg({ clock, voiceDetection: DETECTION });
    const caller = new DetectedCaller(leg, { clock, log, metrics, rung, voiceDetection: DETECTION });
    const told: MediaEvent[] = [];
    const stops = [caller.onEvent((event) => { if (event.type.startsWith('speech')) told.push(event); }), caller.onAudio(() => undefined)];
    const types = (): readonly string[] => told.map(({ type }) => type);
    try {
      leg.hearSilence(800);
      leg.hear(syntheticVoice(8000, 500));
      await until(() => types().includes('speech-ended'));
      expect(types()).to.deep.equal(['speech-started', 'speech-sustained', 'speech-ended']);
      const [started, , ended] = told;
      expect(started?.type === 'speech-started' && started.onsetAtMs - leg.openedAtMs).to.be.within(760, 960); // what was said, however late it is told
      expect(ended?.type === 'speech-ended' && ended.lastVoicedAtMs - leg.openedAtMs).to.be.within(1260, 1460);
      leg.hear(syntheticVoice(8000, 20_000)); // speaks on, however late a busy machine looks
      await until(() => types().length === 5);
      relay.breakAll();
      await until(() => log.lines.length > 0);
      leg.hush();
      await until(() => types().length === 6);
      expect(types().slice(3)).to.deep.equal(['speech-started', 'speech-sustained', 'speech-ended']);
      expect(log.lines.map(({ level, message }) => `${level} ${message}`)).to.deep.equal(['warn a voice detector failed: the leg\'s own goes on']);
      expect(await metric('provider_fallbacks_total')).to.equal('voicegw_provider_fallbacks_total{port="voice-activity",provider="local"} 1');
    } finally {
      for (const stop of stops) stop();
      await leg.close();
    }
  });
});
