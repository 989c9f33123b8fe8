import { LocalSpeechToText } from '../adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../adapters/speech/local/local-text-to-speech.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import { isPortError, PortError } from '../application/ports/port-error.js';
import type { SpeechToText } from '../application/ports/speech-to-text.js';
import type { TextToSpeech } from '../application/ports/text-to-speech.js';
import { MeasuredSpeechToText } from '../application/speech/measured-speech-to-text.js';
import { MeasuredTextToSpeech } from '../application/speech/measured-text-to-speech.js';
import { type Phrase, PhraseCache } from '../application/speech/phrase-cache.js';
import type { Config } from '../config/gateway-schema.js';
import type { AgentProfile } from '../domain/tenant/agent-profile.js';
import type { Tenant } from '../domain/tenant/tenant.js';
import type { Runtime } from './runtime.js';

/** Ears and voices for agent profiles. */
export interface Speech {
  forProfile(profile: AgentProfile): { readonly speechToText: SpeechToText; readonly textToSpeech: TextToSpeech };
  /**
   * Renders the fixed prompts of all profiles and opens a recogniser for each once: a bad voice or grammar is told at start, not to
   * a caller. It costs its own profile only; other tenants are not to blame.
   *
   * @throws what would hit every profile, such as a missing library.
   */
  warm(tenants: readonly Tenant[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The providers of this build by the names that profiles use. */
export async function openSpeech(config: Config, { clock, log, metrics }: Runtime, signal: AbortSignal): Promise<Speech> {
  const { local } = config.speech;
  const owned = new CloseStack();
  const stt = await LocalSpeechToText.open({
    workers: local.recogniserWorkers, decodersMax: local.decodersMax, modelDirectory: local.modelDirectory,
    libraryDirectories: local.libraryDirectories, logger: log,
  }, signal);
  owned.defer('local recogniser', () => stt.close());
  const tts = await owned.orClose(LocalTextToSpeech.open({ workers: local.synthesiserWorkers, libraryDirectories: local.libraryDirectories, logger: log }, signal));
  owned.defer('local synthesiser', () => tts.close());
  const recognisers: ReadonlyMap<string, SpeechToText> = new Map([['local', new MeasuredSpeechToText(stt, { clock, metrics })]]);
  const voices: ReadonlyMap<string, PhraseCache> = new Map([
    ['local', new PhraseCache(new MeasuredTextToSpeech(tts, { clock, metrics }), { bytesMax: config.speech.ttsCacheBytesMax })],
  ]);
  const voiceOf = (profile: AgentProfile): PhraseCache => named(voices, profile.speech.ttsProviders, 'synthesiser');
  const earOf = (profile: AgentProfile): SpeechToText => named(recognisers, profile.speech.sttProviders, 'recogniser');
  return {
    forProfile: (profile) => ({ speechToText: earOf(profile), textToSpeech: voiceOf(profile) }),
    async warm(tenants, warmSignal) {
      const beganAtMs = clock.nowMs();
      const profiles = tenants.flatMap((tenant) => tenant.agents.map((profile) => ({ profile, tenantId: tenant.id })));
      for (const { profile, tenantId } of profiles) {
        try {
          await voiceOf(profile).warm(promptsOf(profile), warmSignal);
          await tryRecogniser(earOf(profile), profile, warmSignal);
        } catch (error) {
          if (!isPortError(error) || error.kind !== 'rejected') throw error;
          log.error('an agent cannot hear or speak as configured: its callers will be handed over', { tenantId, agentId: profile.id, code: error.code }, error);
        }
      }
      log.info('voices and recognisers warm', { profiles: profiles.length, tookMs: Math.round(clock.nowMs() - beganAtMs) });
    },
    close: () => owned.close(),
  };
}

/** The first provider of the profile that this build has. */
function named<T>(providers: ReadonlyMap<string, T>, names: readonly string[], what: string): T {
  for (const name of names) {
    const provider = providers.get(name);
    if (provider !== undefined) return provider;
  }
  throw new PortError(`this gateway has no ${what} ${names.join(' or ')}, but ${[...providers.keys()].join(', ')}`, { code: 'speech/unknown-provider', kind: 'rejected' });
}

/** Opens and closes: what can be kept warm is warm afterwards. */
async function tryRecogniser(speechToText: SpeechToText, { language, speech }: AgentProfile, signal: AbortSignal): Promise<void> {
  const grammar = speech.grammar === null ? {} : { grammar: speech.grammar };
  const stream = await speechToText.open({ language, sampleRateHz: 8000, phrases: speech.phrases, ...grammar }, signal);
  await stream.close();
}

function promptsOf({ prompts, speech, language }: AgentProfile): readonly Phrase[] {
  const { greeting, silence, notUnderstood, ...single } = prompts;
  return [greeting, ...silence, ...notUnderstood, ...Object.values(single)]
    .filter((text) => text !== '')
    .map((text) => ({ text, voice: speech.voice, language, sampleRateHz: 8000 }));
}
