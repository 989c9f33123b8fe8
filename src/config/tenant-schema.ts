import { z } from 'zod';
import { DEFAULT_TURN_POLICY, TURN_POLICY_RANGES, type TurnPolicy } from '../domain/conversation/turn-policy.js';
import { OPT_OUT_KEY_DEFAULT, RETENTION_DAYS_DEFAULT } from '../domain/recording/recording-policy.js';
import { TENANT_ID } from '../domain/shared/ids.js';
import type { Prompts } from '../domain/tenant/agent-profile.js';
import { DIALPLAN_NAME, TARGET_FORMS } from '../domain/tenant/transfer-policy.js';
import { OUTBOUND_SCHEMA } from './outbound-schema.js';
import { choice, flag, list, type SettingMeta, setting, text, wholeNumber } from './setting.js';

const DAY_MS = 86_400_000;

const ID_FORM: RegExp = TENANT_ID;
const ID_EXPECTS = 'at most 64 of a–z, 0–9 and -, not at the ends';

function required(doc: string, example: string, form: RegExp = /\S/u, expects = 'text') {
  return setting(z.string().regex(form), { kind: 'text', doc, expects, example });
}

function structure<Schema extends z.ZodType>(schema: Schema, meta: Omit<SettingMeta, 'kind'>): Schema {
  return setting(schema, { kind: 'structure', ...meta });
}

/** A prompt that, when missing, is that of the language. */
function prompt(doc: string) {
  return setting(z.string().regex(/\S/u).optional(), { kind: 'text', doc, expects: 'text', example: 'One moment, please.' });
}

function prompts(doc: string) {
  return setting(z.array(z.string().regex(/\S/u)).min(1).max(10).optional(), { kind: 'list', doc, expects: 'a list of 1 to 10 texts', example: '["Are you still there?"]' });
}

const PROMPT_SHAPE = {
  greeting: setting(z.string().optional(), { kind: 'text', doc: 'First words of the call; empty text: the agent begins.', expects: 'text', example: 'Welcome to North Bank.' }),
  silence: prompts('Said when the caller is silent, one per attempt; the last is repeated.'),
  notUnderstood: prompts('Said when a voice but no words were heard.'),
  oneMoment: prompt('Said when the agent is slow.'),
  stillWorking: prompt('Said as often as it takes while the agent is slower still.'),
  resumed: prompt('Said when another gateway goes on with the call after a gap.'),
  agentFailed: prompt('Said instead of a reply when the agent failed.'),
  handingOver: prompt('Said before the caller is handed over.'),
  transferFailed: prompt('Said when nobody could be reached.'),
  connected: prompt('Said to the caller when a person takes the call, before they are brought together.'),
  consultation: prompt('First words to the person who is asked to take a call; {tenant} is the name of the tenant. The briefing of the agent follows.'),
  consultationChoice: prompt('Said to that person after the briefing: 1 takes the call, 2 declines it.'),
  goodbye: prompt('Last words of a call that we end.'),
} as const satisfies Record<keyof Prompts, z.ZodType>;

const policyRange = (doc: string, name: keyof TurnPolicy) => wholeNumber(doc, TURN_POLICY_RANGES[name], DEFAULT_TURN_POLICY[name]);

const TURN_POLICY_SHAPE = {
  speechOnsetMs: policyRange('Voiced time before caller speech is believed at all.', 'speechOnsetMs'),
  pauseMs: policyRange('Unvoiced time after which a pause is reported.', 'pauseMs'),
  endOfTurnSilenceMs: policyRange('Silence that ends the turn of the caller.', 'endOfTurnSilenceMs'),
  bargeInMs: policyRange('Voiced time, pauses not counted, that stops an agent who speaks or thinks; shorter sounds do not.', 'bargeInMs'),
  finalTranscriptDeadlineMs: policyRange('Wait for the final transcript; then the last partial one is used.', 'finalTranscriptDeadlineMs'),
  callerSilenceMs: policyRange('Silence of the caller before the silence prompt.', 'callerSilenceMs'),
  silencePromptsMax: policyRange('Silence prompts before the caller is handed over.', 'silencePromptsMax'),
  agentFillerMs: policyRange('No first text of the agent by then: the oneMoment prompt; the same time without a word after it: stillWorking.', 'agentFillerMs'),
  agentDeadlineMs: policyRange('No first text by then: the reply is abandoned.', 'agentDeadlineMs'),
  agentFailuresMax: policyRange('Failed replies in a row before the caller is handed over.', 'agentFailuresMax'),
  synthesisDeadlineMs: policyRange('No audio for a sentence by then: its synthesis is abandoned.', 'synthesisDeadlineMs'),
  stallMs: policyRange('Nothing happens although something should: recover or end.', 'stallMs'),
  interDigitMs: policyRange('Digits that nobody asked for are taken as entered after this pause.', 'interDigitMs'),
  monologueMaxMs: policyRange('A caller who speaks longer than this is answered anyway.', 'monologueMaxMs'),
} as const satisfies Record<keyof TurnPolicy, z.ZodType>;

/** Card data leaves this host by TLS only. */
const VAULT_FORM = /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?)(?:\/\S*)?$/u;

const transferNumbers = z.array(z.string().regex(/^\+?[0-9]{1,20}$/u)).max(1000).default([]);

const fallback = z.union([
  z.literal('none'),
  z.strictObject({ extension: z.string().regex(TARGET_FORMS.extension) }),
  z.strictObject({ number: z.string().regex(TARGET_FORMS.number) }),
  z.strictObject({ queue: z.string().regex(TARGET_FORMS.queue) }),
]).default('none');

const RECORDING_SHAPE = {
  mode: choice('Whether calls are recorded. Nothing is before the caller has heard the notice to its end.', ['off', 'on'], 'off'),
  notice: setting(z.string().regex(/\S/u).optional(), { kind: 'text', doc: 'Said before the greeting of a call that is recorded; cannot be interrupted. {key} stands for optOutKey.', expects: 'text', example: 'This call is recorded. Press {key} if you do not want that.' }),
  refused: setting(z.string().regex(/\S/u).optional(), { kind: 'text', doc: 'Said to a caller who does not want to be recorded.', expects: 'text', example: 'This call is not recorded.' }),
  optOutKey: text('Key that refuses the recording, unless the agent waits for keys.', OPT_OUT_KEY_DEFAULT, { pattern: /^[0-9*#]$/u, expects: 'one of 0–9, * and #, in quotes' }),
  optOutPhrases: setting(z.array(z.string().regex(/\S/u)).max(50).optional(), {
    kind: 'list', doc: 'Words that refuse the recording when they are in a turn of the caller; missing: those of the language.', expects: 'a list of up to 50 texts', example: '[do not record]',
  }),
  retentionDays: wholeNumber('Days that a recording is kept.', { min: 1, max: 3650 }, RETENTION_DAYS_DEFAULT),
};

const agent = z.strictObject({
  id: required('Id of the agent, as the agent-orchestrator knows it.', 'card-delivery', ID_FORM, ID_EXPECTS),
  name: required('Name for people.', 'Card delivery'),
  language: required('Language the agent hears and speaks, BCP 47.', 'en-US', /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u, 'a BCP 47 language such as en-US'),
  speech: z.strictObject({
    stt: list('Recognisers in order of preference.', ['local'], '[local]'),
    tts: list('Synthesisers in order of preference.', ['local'], '[local]'),
    vad: text('Who says when the caller speaks: `local`, or a speech account that can. The local one goes on in mid-call where the other fails.', 'local', { pattern: /\S/u, expects: 'local or the name of an account' }),
    voice: required('Voice of the synthesiser. Of `local`: rms, slt, awb, kal16 (American English); espeak-en, espeak-de, espeak-fr, espeak-es, espeak-it, espeak-pt, espeak-nl, espeak-pl.', 'rms'),
    backupVoices: structure(z.record(z.string(), z.string().min(1)).default({}), { doc: 'Voices of the synthesisers after the first, by synthesiser.', expects: 'a mapping of synthesisers to voices', example: '{local: rms}' }),
    grammar: setting(z.string().regex(/\S/u).nullable().default(null), {
      kind: 'text', doc: 'What the caller may say: a JSGF grammar (begins with #JSGF), or the path of one, relative to this file.', expects: 'a JSGF grammar or a path', example: 'grammars/card-delivery.jsgf',
    }),
    phrases: list('Words worth expecting, for recognisers that can be biased.', [], '[card, delivery]'),
  }),
  prompts: z.strictObject(PROMPT_SHAPE).prefault({}),
  fallback: structure(fallback, { doc: 'Where a caller goes who cannot be helped; none: goodbye.', expects: '{extension: NAME}, {queue: NAME}, {number: "+15551234"} or none', example: '{extension: person}' }),
  transferContext: text('Dialplan context of extensions and queues that calls may be transferred to. Extensions of seven digits and more are held to `transferNumbers` as numbers are, whatever the patterns of the context would dial.', 'transfers', { pattern: DIALPLAN_NAME, expects: 'the name of a dialplan context' }),
  transferNumbers: structure(transferNumbers, { doc: 'How numbers begin, and extensions of seven digits and more, that the agent may transfer calls to, as they are dialled; none: only shorter extensions, queues and the fallback. Premium, shared-cost and satellite numbers, and those that the numbering plan does not know (numbers of your own network among them), must be given whole.', expects: 'a list of digits in quotes, each with an optional +', example: '["+4930", "5551999"]' }),
  turnPolicy: z.strictObject(TURN_POLICY_SHAPE).prefault({}),
  recording: z.strictObject(RECORDING_SHAPE).prefault({}),
  pci: z.strictObject({
    agentSeesCard: flag('The agent gets what callers say and type with card numbers in it. Records, events and logs stay masked; its own are then in scope of PCI DSS.', false),
    vaultUrl: setting(z.string().regex(VAULT_FORM).nullable().default(null), {
      kind: 'text', doc: 'Payment tool that takes the digits typed in secure mode, by POST; without one there is no secure mode.', expects: 'an https address (http on the loopback)', example: 'https://payments.example.com/digits',
    }),
  }).prefault({}),
});

const did = z.strictObject({
  number: required('Number that callers dial.', '"5551000"', TARGET_FORMS.number, 'a telephone number in quotes'),
  agent: required('Id of the agent who answers it.', 'card-delivery', ID_FORM, ID_EXPECTS),
});

const speechLimits = z.record(z.string().min(1), z.strictObject({
  sttStreamsMax: z.int().min(1).max(100_000).nullable().default(null),
  ttsRequestsMax: z.int().min(1).max(100_000).nullable().default(null),
})).default({});

/** One tenant per file. */
export const TENANT_SCHEMA = z.strictObject({
  id: required('Id of the tenant.', 'north-bank', ID_FORM, ID_EXPECTS),
  name: required('Name for people.', 'North Bank'),
  active: flag('Whether calls of this tenant are answered.', true),
  concurrentCallsMax: wholeNumber('Calls of this tenant at one time on all nodes.', { min: 1, max: 100_000 }, 20),
  callDurationMaxMs: wholeNumber('A call longer than this is ended politely.', { min: 10_000, max: DAY_MS }, 3_600_000),
  speechLimits: structure(speechLimits, {
    doc: 'Streams of recognisers (one per call) and requests for speech of this tenant at one time on each node, by speech account; what is more goes to the next in `stt` and `tts`. The account may allow less.',
    expects: 'a mapping of accounts to {sttStreamsMax, ttsRequestsMax}', example: '{deepgram: {sttStreamsMax: 40, ttsRequestsMax: 15}}',
  }),
  dids: structure(z.array(did).max(10_000), { doc: 'Numbers and who answers them.', expects: 'a list of {number, agent}', example: '[{number: "5551000", agent: card-delivery}]' }),
  outbound: OUTBOUND_SCHEMA.optional(),
  agents: structure(z.array(agent).min(1).max(1000), { doc: 'How each agent listens, speaks and takes turns.', expects: 'a list of at least one agent', example: '[{id: card-delivery, name: Card delivery, language: en-US, speech: {voice: rms}}]' }),
});

/** One agent, for the documents. */
export const AGENT_SCHEMA = agent;
export const DID_SCHEMA = did;
export type AgentSettings = z.output<typeof agent>;
