import { loadSpeexResamplers } from '../adapters/dsp/speex-resampler.js';
import { LocalSpeechToText } from '../adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../adapters/speech/local/local-text-to-speech.js';
import type { ProviderPorts } from '../adapters/speech/wire/provider.js';
import { deadline } from '../application/lifecycle/deadline.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import { codeOf, isPortError, PortError } from '../application/ports/port-error.js';
import type { SpeechToText } from '../application/ports/speech-to-text.js';
import type { TextToSpeech } from '../application/ports/text-to-speech.js';
import { type Concurrency, ConcurrencyLimit } from '../application/speech/concurrency-limit.js';
import { FallbackSpeechToText } from '../application/speech/fallback-speech-to-text.js';
import { FallbackTextToSpeech, type VoiceRung } from '../application/speech/fallback-text-to-speech.js';
import { MeasuredSpeechToText } from '../application/speech/measured-speech-to-text.js';
import { MeasuredTextToSpeech } from '../application/speech/measured-text-to-speech.js';
import { type Phrase, PhraseCache } from '../application/speech/phrase-cache.js';
import { ProviderHealth } from '../application/speech/provider-health.js';
import { SpeechMeter } from '../application/speech/speech-meter.js';
import type { Rung } from '../application/speech/rung.js';
import type { DetectorRung } from '../application/speech/voice-activity-feed.js';
import type { Config } from '../config/gateway-schema.js';
import type { SpeechUse } from '../domain/call/speech-use.js';
import { type AgentProfile, consultationWords } from '../domain/tenant/agent-profile.js';
import type { Tenant } from '../domain/tenant/tenant.js';
import type { Runtime } from './runtime.js';
import { type SpeechAccount, speechAccounts } from './speech-providers.js';

/** Ear and voice of one call, and what it has used of their providers. */
export interface CallSpeech {
  readonly speechToText: SpeechToText;
  readonly textToSpeech: TextToSpeech;
  /** Absent: the leg's own alone. */
  readonly voiceDetector?: DetectorRung;
  readonly speechUses: () => readonly SpeechUse[];
}

/** Ears and voices for agent profiles. */
export interface Speech {
  /**
   * For one call: the providers of the profile as one, each going on where the one before it failed.
   *
   * @throws PortError `speech/unknown-provider` when this gateway has none of them for this tenant.
   */
  forProfile(profile: AgentProfile, tenant: Tenant): CallSpeech;
  /**
   * Renders the fixed prompts of all profiles and opens a recogniser for each once: a bad voice or grammar is told at start, not to
   * a caller. It costs its own profile only; other tenants are not to blame.
   *
   * @throws what would hit every profile, such as a missing library.
   */
  warm(tenants: readonly Tenant[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The engines of this machine, and the detector of the leg. */
const LOCAL = 'local';

/** What all calls share of a rung; a call's own adds whose places it takes. */
interface SharedRung<Port> extends Omit<Rung<Port>, 'permits'> {
  readonly limit: ConcurrencyLimit;
}

/** The local engines, or an account at a provider. */
interface Source {
  readonly name: string;
  readonly speechToText: SharedRung<SpeechToText> | null;
  readonly textToSpeech: SharedRung<TextToSpeech> | null;
  readonly voiceActivity: DetectorRung | null;
  /** Null: every tenant. */
  readonly tenants: readonly string[] | null;
}

/** The local engines and the accounts, by the names that profiles use. */
export async function openSpeech(config: Config, runtime: Runtime, signal: AbortSignal): Promise<Speech> {
  const { clock, log } = runtime;
  const owned = new CloseStack();
  const sources = new Map((await openSources(config, runtime, owned, signal)).map((source) => [source.name, source]));
  // Prompts in memory are heard even when every provider is gone.
  const cache = new PhraseCache({ bytesMax: config.speech.ttsCacheBytesMax });
  const sourcesOf = (names: readonly string[], tenant: Tenant): readonly Source[] =>
    names.map((name) => sources.get(name)).filter((source): source is Source => source !== undefined && (source.tenants?.includes(tenant.id) ?? true));

  const earOf = ({ speech }: AgentProfile, tenant: Tenant, meter: SpeechMeter): SpeechToText => {
    const rungs = sourcesOf(speech.sttProviders, tenant).map(({ speechToText }) => speechToText).filter((rung) => rung !== null).map(({ name, port, health, limit }) => (
      { name, port: meter.recogniser(name, port), health, permits: limit.forTenant(tenant.id, tenant.speechLimits[name]?.sttStreamsMax ?? Infinity) }
    ));
    if (rungs.length === 0) throw unknownProvider('recogniser', speech.sttProviders, sources);
    return new FallbackSpeechToText(rungs, runtime);
  };
  const voiceOf = ({ speech }: AgentProfile, tenant: Tenant, meter: SpeechMeter, count = Infinity): TextToSpeech => {
    const rungs = sourcesOf(speech.ttsProviders, tenant).map(({ textToSpeech }) => textToSpeech).filter((rung) => rung !== null).map(({ name, port, health, limit }, index): VoiceRung => ({
      name, port: meter.voice(name, port), health, permits: limit.forTenant(tenant.id, tenant.speechLimits[name]?.ttsRequestsMax ?? Infinity),
      voice: index === 0 ? speech.voice : speech.backupVoices[name] ?? speech.voice,
    }));
    if (rungs.length === 0) throw unknownProvider('synthesiser', speech.ttsProviders, sources);
    return new FallbackTextToSpeech(rungs.slice(0, count), runtime);
  };
  const detectorOf = ({ id, speech }: AgentProfile, tenant: Tenant): DetectorRung | null => {
    if (speech.vadProvider === LOCAL) return null;
    const rung = sourcesOf([speech.vadProvider], tenant)[0]?.voiceActivity ?? null;
    if (rung === null) log.warn('there is no such voice detector for this tenant: the leg\'s own is used', { tenantId: tenant.id, agentId: id, provider: speech.vadProvider });
    return rung;
  };

  return {
    forProfile(profile, tenant) {
      const meter = new SpeechMeter();
      const voiceDetector = detectorOf(profile, tenant);
      return {
        ...(voiceDetector === null ? {} : { voiceDetector }),
        speechToText: earOf(profile, tenant, meter), textToSpeech: cache.over(voiceOf(profile, tenant, meter), scopeOf(profile)), speechUses: () => meter.uses,
      };
    },
    async warm(tenants, warmSignal) {
      const beganAtMs = clock.nowMs();
      const meter = new SpeechMeter(); // of nobody's call
      const profiles = tenants.flatMap((tenant) => tenant.agents.map((profile) => ({ profile, tenant })));
      for (const { profile, tenant } of profiles) {
        const limit = deadline(clock, WARM_DEADLINE_MS, warmSignal);
        try {
          // By the first voice alone: what another one said would be kept and heard in a voice that is not the agent's.
          await cache.warm(promptsOf(profile, tenant.name), { inner: voiceOf(profile, tenant, meter, 1), scope: scopeOf(profile) }, limit.signal);
          await tryRecogniser(earOf(profile, tenant, meter), profile, limit.signal);
          await tryDetector(detectorOf(profile, tenant), profile, limit.signal).catch((error: unknown) => {
            log.warn('a voice detector does not answer: the leg\'s own goes on until it does', { tenantId: tenant.id, agentId: profile.id, code: codeOf(error) }, error);
          });
        } catch (error) {
          if (!isPortError(error) && !limit.expired) throw error;
          log.error('an agent cannot hear or speak as configured: its callers will be handed over', { tenantId: tenant.id, agentId: profile.id, code: isPortError(error) ? error.code : 'speech/timeout' }, error);
        } finally {
          limit.clear();
        }
      }
      log.info('voices and recognisers warm', { profiles: profiles.length, tookMs: Math.round(clock.nowMs() - beganAtMs) });
    },
    close: () => owned.close(),
  };
}

async function openSources(config: Config, runtime: Runtime, owned: CloseStack, signal: AbortSignal): Promise<readonly Source[]> {
  const { clock, log } = runtime;
  const { local } = config.speech;
  const accounts = speechAccounts(config);
  const ear = await LocalSpeechToText.open({
    workers: local.recogniserWorkers, decodersMax: local.decodersMax, modelDirectory: local.modelDirectory,
    libraryDirectories: local.libraryDirectories, logger: log,
  }, signal);
  owned.defer('local recogniser', () => ear.close());
  const voice = await owned.orClose(LocalTextToSpeech.open({ workers: local.synthesiserWorkers, libraryDirectories: local.libraryDirectories, logger: log }, signal));
  owned.defer('local synthesiser', () => voice.close());
  const resampler = await owned.orClose(loadSpeexResamplers());
  const ports = { clock, logger: log, resampler, owned };
  await owned.orClose(Promise.all([...new Set(accounts.map(({ provider }) => provider))].map(async (provider) => provider.load?.())));
  return [
    { name: LOCAL, tenants: null, speechToText: earRung(LOCAL, ear, runtime), textToSpeech: voiceRung(LOCAL, voice, runtime), voiceActivity: null },
    // In a promise, because a setting that a provider refuses is told by a throw.
    ...await owned.orClose(Promise.resolve().then(() => accounts.map((account) => sourceOf(account, ports, runtime)))),
  ];
}

function sourceOf({ name, provider, settings, recognises, speaks, tenants, sttStreams, ttsRequests, finalLatencyP99Ms }: SpeechAccount, ports: ProviderPorts, runtime: Runtime): Source {
  const ear = recognises ? provider.speechToText?.(settings, ports) ?? null : null;
  const voice = speaks ? provider.textToSpeech?.(settings, ports) ?? null : null;
  return {
    name, tenants,
    speechToText: ear === null ? null : earRung(name, finalLatencyP99Ms === null ? ear : withFinalLatency(ear, finalLatencyP99Ms), runtime, sttStreams),
    textToSpeech: voice === null ? null : voiceRung(name, voice, runtime, ttsRequests),
    voiceActivity: provider.voiceActivity === undefined ? null : { name, port: provider.voiceActivity(settings), health: healthOf('voice-activity', name, runtime) },
  };
}

/** The adapter assumes a latency; of this account it was measured. */
function withFinalLatency(inner: SpeechToText, finalLatencyP99Ms: number): SpeechToText {
  return { capabilities: { ...inner.capabilities, finalLatencyP99Ms }, open: (options, signal) => inner.open(options, signal) };
}

function earRung(name: string, port: SpeechToText, runtime: Runtime, limits?: Concurrency): SharedRung<SpeechToText> {
  return { name, port: new MeasuredSpeechToText(port, runtime), health: healthOf('speech-to-text', name, runtime), limit: new ConcurrencyLimit(limits) };
}

function voiceRung(name: string, port: TextToSpeech, runtime: Runtime, limits?: Concurrency): SharedRung<TextToSpeech> {
  return { name, port: new MeasuredTextToSpeech(port, runtime), health: healthOf('text-to-speech', name, runtime), limit: new ConcurrencyLimit(limits) };
}

function healthOf(port: string, provider: string, { clock, log, metrics }: Runtime): ProviderHealth {
  const labels = { port, provider };
  metrics.gauge('provider_well', 1, labels);
  return new ProviderHealth(clock, (state) => {
    metrics.gauge('provider_well', state === 'well' ? 1 : 0, labels);
    log.warn('health of a speech provider changed', { ...labels, state });
  });
}

function unknownProvider(what: string, names: readonly string[], sources: ReadonlyMap<string, Source>): PortError {
  return new PortError(`this gateway has no ${what} ${names.join(' or ')} for this tenant, but ${[...sources.keys()].join(', ')}`, { code: 'speech/unknown-provider', kind: 'rejected' });
}

/** Opens and closes: what can be kept warm is warm afterwards. */
async function tryRecogniser(speechToText: SpeechToText, { language, speech }: AgentProfile, signal: AbortSignal): Promise<void> {
  const grammar = speech.grammar === null ? {} : { grammar: speech.grammar };
  const stream = await speechToText.open({ language, sampleRateHz: 8000, phrases: speech.phrases, ...grammar }, signal);
  await stream.close();
}

/** Opens and closes, as the first call will. */
async function tryDetector(rung: DetectorRung | null, { turnPolicy }: AgentProfile, signal: AbortSignal): Promise<void> {
  const options = { sampleRateHz: 8000, voiceMsMin: turnPolicy.speechOnsetMs, silenceMsMin: turnPolicy.pauseMs } as const;
  const stream = await rung?.port.open(options, { changed: () => undefined, failed: () => undefined }, signal);
  stream?.close();
}

/** Prompts of one agent: a provider that hangs must not keep the gateway from starting. */
const WARM_DEADLINE_MS = 30_000;

/** Voices of two providers may have one name. */
function scopeOf({ speech }: AgentProfile): string {
  return speech.ttsProviders.join(' ');
}

function promptsOf({ prompts, speech, language, recording }: AgentProfile, tenantName: string): readonly Phrase[] {
  const { silence, notUnderstood, ...single } = { ...prompts, consultation: consultationWords(prompts, tenantName) };
  return [...silence, ...notUnderstood, ...Object.values(single), ...(recording.mode === 'on' ? [recording.notice, recording.refused] : [])]
    .filter((text) => text !== '')
    .map((text) => ({ text, voice: speech.voice, language, sampleRateHz: 8000 }));
}
