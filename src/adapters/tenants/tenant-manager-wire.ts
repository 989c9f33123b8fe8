import { z } from 'zod';
import { DEFAULT_TURN_POLICY, TURN_POLICY_RANGES, type TurnPolicy } from '../../domain/conversation/turn-policy.js';
import { type AllowableKind, DEFAULT_KINDS } from '../../domain/outbound/destination-policy.js';
import { NUMBER_KINDS } from '../../domain/outbound/number-description.js';
import { DEFAULT_OUTBOUND_LIMITS, type OutboundSettings } from '../../domain/outbound/outbound-settings.js';
import { NO_RECORDING, noticeWith, OPT_OUT_KEY_DEFAULT, type RecordingPolicy, type RecordingWords, RETENTION_DAYS_DEFAULT } from '../../domain/recording/recording-policy.js';
import { agentId, tenantId } from '../../domain/shared/ids.js';
import type { AgentProfile, FallbackTarget, Prompts } from '../../domain/tenant/agent-profile.js';
import type { Tenant } from '../../domain/tenant/tenant.js';

/**
 * What the tenant-manager answers (product.md, 5). Names are snake_case; fields we do not know are left alone, so that the
 * manager may add some.
 */
const promptList = z.array(z.string().min(1)).min(1);

const wirePrompts = z.object({
  greeting: z.string(), silence: promptList, not_understood: promptList, one_moment: z.string(), still_working: z.string(), resumed: z.string(), agent_failed: z.string(),
  handing_over: z.string(), transfer_failed: z.string(), connected: z.string(), consultation: z.string(), consultation_choice: z.string(), goodbye: z.string(),
}).partial();

const wireFallback = z.union([z.object({ extension: z.string().min(1) }), z.object({ queue: z.string().min(1) }), z.object({ number: z.string().min(1) })]).nullable().default(null);

const wireRecording = z.object({
  mode: z.enum(['off', 'on']).default('off'),
  notice: z.string().min(1).optional(),
  refused: z.string().min(1).optional(),
  opt_out_key: z.string().regex(/^[0-9*#]$/u).default(OPT_OUT_KEY_DEFAULT),
  opt_out_phrases: z.array(z.string().min(1)).max(50).optional(),
  retention_days: z.int().min(1).max(3650).default(RETENTION_DAYS_DEFAULT),
});

const wireAgent = z.object({
  agent_id: z.string().min(1),
  name: z.string().default(''),
  language: z.string().min(2),
  stt_providers: z.array(z.string()).min(1),
  tts_providers: z.array(z.string()).min(1),
  vad_provider: z.string().min(1).default('local'),
  voice: z.string().min(1),
  backup_voices: z.record(z.string(), z.string().min(1)).default({}),
  grammar: z.string().nullable().default(null),
  phrases: z.array(z.string()).default([]),
  prompts: wirePrompts.prefault({}),
  fallback: wireFallback,
  transfer_context: z.string().default('transfers'),
  transfer_numbers: z.array(z.string().min(1)).default([]),
  /** The names of TurnPolicy in snake_case; what is missing takes the default. */
  turn_policy: z.record(z.string(), z.unknown()).default({}),
  recording: wireRecording.prefault({}),
  pci: z.object({ agent_sees_card: z.boolean().default(false), vault_url: z.string().min(1).nullable().default(null) }).prefault({}),
});

const allowableKinds = NUMBER_KINDS.filter((kind): kind is AllowableKind => kind !== 'short');
const country = z.string().regex(/^[A-Z]{2}$/u);
const prefix = z.string().regex(/^\+[1-9][0-9]{0,14}$/u);

/** What is missing takes the defaults of tenant files; `outbound` itself missing: the tenant places no calls. */
const wireOutbound = z.object({
  countries: z.array(country).default([]),
  kinds: z.array(z.enum(allowableKinds)).default([...DEFAULT_KINDS]),
  allowed_prefixes: z.array(prefix).default([]),
  denied_prefixes: z.array(prefix).default([]),
  home_country: country.nullable().default(null),
  concurrent_max: z.int().min(0).default(DEFAULT_OUTBOUND_LIMITS.concurrentMax),
  calls_per_second_max: z.int().min(0).default(DEFAULT_OUTBOUND_LIMITS.callsPerSecondMax),
  call_duration_max_ms: z.int().min(1000).default(DEFAULT_OUTBOUND_LIMITS.callDurationMaxMs),
  minutes_per_day_max: z.int().min(0).default(DEFAULT_OUTBOUND_LIMITS.minutesPerDayMax),
  calls_per_number_per_day_max: z.int().min(0).default(DEFAULT_OUTBOUND_LIMITS.callsPerNumberPerDayMax),
});

/** GET /api/v1/tenants/{id}/telephony/settings */
export const WIRE_SETTINGS = z.object({
  tenant_id: z.string().min(1),
  name: z.string(),
  active: z.boolean(),
  concurrent_calls_max: z.int().min(0),
  call_duration_max_ms: z.int().min(1000).default(3_600_000),
  speech_limits: z.record(z.string(), z.object({ stt_streams_max: z.int().min(1).nullable().default(null), tts_requests_max: z.int().min(1).nullable().default(null) })).default({}),
  dids: z.array(z.object({ did: z.string(), agent_id: z.string() })).default([]),
  outbound: wireOutbound.nullish(),
  agents: z.array(wireAgent),
});

/** GET /api/v1/tenants/{id}/telephony/dids/{did} */
export const WIRE_DID = z.object({ did: z.string(), agent_id: z.string().min(1) });

/** GET /api/v1/tenants/{id}/telephony/trunks/{trunk_id} */
export const WIRE_TRUNK = z.object({ trunk_id: z.string() });

export type WireSettings = z.output<typeof WIRE_SETTINGS>;
export type WireDid = z.output<typeof WIRE_DID>;
type WireAgent = z.output<typeof wireAgent>;

/** Words of a language, null where there are none. */
export interface LanguageWords {
  readonly prompts: (language: string) => Prompts | null;
  readonly recording: (language: string) => RecordingWords | null;
}

/** @throws Error when the answer lacks prompts that no default can fill; the client maps it to `protocol`. */
export function tenantOf(settings: WireSettings, route: WireDid | null, words: LanguageWords): Tenant {
  const dids = settings.dids.map((did) => ({ number: did.did, agentId: agentId(did.agent_id) }));
  if (route !== null && !dids.some(({ number }) => number === route.did)) dids.push({ number: route.did, agentId: agentId(route.agent_id) });
  return {
    id: tenantId(settings.tenant_id),
    name: settings.name,
    active: settings.active,
    concurrentCallsMax: settings.concurrent_calls_max,
    callDurationMaxMs: settings.call_duration_max_ms,
    speechLimits: Object.fromEntries(Object.entries(settings.speech_limits)
      .map(([account, limit]) => [account, { sttStreamsMax: limit.stt_streams_max, ttsRequestsMax: limit.tts_requests_max }])),
    dids,
    agents: settings.agents.map((agent) => profileOf(agent, words)),
    ...(settings.outbound ? { outbound: outboundOf(settings.outbound) } : {}),
  };
}

function outboundOf(wire: z.output<typeof wireOutbound>): OutboundSettings {
  return {
    countries: wire.countries, kinds: wire.kinds, allowedPrefixes: wire.allowed_prefixes, deniedPrefixes: wire.denied_prefixes, homeCountry: wire.home_country,
    limits: {
      concurrentMax: wire.concurrent_max, callsPerSecondMax: wire.calls_per_second_max, callDurationMaxMs: wire.call_duration_max_ms,
      minutesPerDayMax: wire.minutes_per_day_max, callsPerNumberPerDayMax: wire.calls_per_number_per_day_max,
    },
  };
}

function profileOf(agent: WireAgent, words: LanguageWords): AgentProfile {
  return {
    id: agentId(agent.agent_id),
    name: agent.name,
    language: agent.language,
    speech: { sttProviders: agent.stt_providers, ttsProviders: agent.tts_providers, vadProvider: agent.vad_provider, voice: agent.voice, backupVoices: agent.backup_voices, grammar: agent.grammar, phrases: agent.phrases },
    prompts: promptsOf(agent, words.prompts(agent.language)),
    fallback: fallbackOf(agent.fallback),
    transferContext: agent.transfer_context,
    transferNumbers: agent.transfer_numbers,
    turnPolicy: turnPolicyOf(agent.turn_policy),
    recording: recordingOf(agent.recording, words.recording(agent.language)),
    pci: { agentSeesCard: agent.pci.agent_sees_card, vaultUrl: agent.pci.vault_url },
  };
}

function promptsOf({ prompts, language }: WireAgent, defaults: Prompts | null): Prompts {
  const pick = <Prompt>(given: Prompt | undefined, name: keyof Prompts): Prompt => {
    const prompt = given ?? (defaults?.[name] as Prompt | undefined);
    if (prompt === undefined) throw new Error(`no prompt ${name} for ${language}`);
    return prompt;
  };
  return {
    greeting: pick(prompts.greeting, 'greeting'),
    silence: pick(prompts.silence, 'silence'),
    notUnderstood: pick(prompts.not_understood, 'notUnderstood'),
    oneMoment: pick(prompts.one_moment, 'oneMoment'),
    stillWorking: pick(prompts.still_working, 'stillWorking'),
    resumed: pick(prompts.resumed, 'resumed'),
    agentFailed: pick(prompts.agent_failed, 'agentFailed'),
    handingOver: pick(prompts.handing_over, 'handingOver'),
    transferFailed: pick(prompts.transfer_failed, 'transferFailed'),
    connected: pick(prompts.connected, 'connected'),
    consultation: pick(prompts.consultation, 'consultation'),
    consultationChoice: pick(prompts.consultation_choice, 'consultationChoice'),
    goodbye: pick(prompts.goodbye, 'goodbye'),
  };
}

/** Nobody is recorded who could not be told. */
function recordingOf(wire: WireAgent['recording'], words: RecordingWords | null): RecordingPolicy {
  const { mode, opt_out_key: optOutKey, retention_days: retentionDays } = wire;
  if (mode === 'off') return NO_RECORDING;
  const { notice, refused, optOutPhrases } = words ?? NO_RECORDING;
  const policy = { mode, optOutKey, retentionDays, notice: noticeWith(wire.notice ?? notice, optOutKey), refused: wire.refused ?? refused, optOutPhrases: wire.opt_out_phrases ?? optOutPhrases };
  if (policy.notice === '' || policy.refused === '') throw new Error('recording is on, and there are no words to say so');
  return policy;
}

function fallbackOf(fallback: WireAgent['fallback']): FallbackTarget {
  if (fallback === null) return null;
  if ('queue' in fallback) return { kind: 'queue', queue: fallback.queue };
  return 'extension' in fallback ? { kind: 'extension', extension: fallback.extension } : { kind: 'number', number: fallback.number };
}

function turnPolicyOf(given: Readonly<Record<string, unknown>>): TurnPolicy {
  const policy: Record<string, number> = { ...DEFAULT_TURN_POLICY };
  for (const [name, { min, max }] of Object.entries(TURN_POLICY_RANGES)) {
    const value = given[snakeCase(name)];
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) throw new Error(`turn_policy.${snakeCase(name)} must be a whole number from ${min} to ${max}`);
    policy[name] = value as number;
  }
  return policy as unknown as TurnPolicy;
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
