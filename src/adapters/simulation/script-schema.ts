import { z } from 'zod';
import { TERMINATIONS } from '../../domain/call/termination.js';
import { SCRIPT_DEFAULTS } from '../../domain/simulation/script.js';

const HOUR_MS = 3_600_000;
const duration = (doc: string) => z.int({ error: 'must be whole milliseconds, at most an hour' }).min(0).max(HOUR_MS).describe(doc);
const bound = (doc: string) => z.number({ error: 'must be a number of milliseconds' }).min(0).nullable().default(null).describe(doc);
const text = (doc: string) => z.string({ error: 'must be text: put it in quotes' }).min(1).max(2000).describe(doc);
const number = (doc: string) => z.string({ error: 'must be text: put it in quotes' }).regex(/^\+?[0-9]{1,32}$/u, { error: 'must be digits with an optional leading +' }).describe(doc);

const via = z.enum(['events', 'audio', 'both'], { error: 'must be events, audio or both' }).default('events');
const wanted = z.strictObject({
  text: text('Words the agent must say, in this order, among others.').optional(),
  matches: text('Regular expression (flags iu) that what the agent says must match.').optional(),
  via,
});

const heard = text('What the gateway must recognise with `heard_exactly`, if not the line itself; "*": anything.').optional();
const voice = text('Voice of this line.').optional();
const line = { say: text('What the caller says.').optional(), wav: text('Mono 16-bit WAV to play, path from the script.').optional(), text: text('What is said in the WAV.').optional(), voice, heard };

/** One schema per step, found by the key that names it. */
export const STEP_SCHEMAS = {
  interrupt_after_ms: z.strictObject({ interrupt_after_ms: duration('After the agent’s next first sound.'), ...line, deadline_ms: duration('Wait for the agent at most.').default(SCRIPT_DEFAULTS.agentDeadlineMs) }),
  say: z.strictObject({ say: text('What the caller says.'), voice, heard }),
  wav: z.strictObject({ wav: text('Mono 16-bit WAV to play.'), text: text('What is said in it.').optional(), heard }),
  dtmf: z.strictObject({ dtmf: z.string({ error: 'must be text: put it in quotes' }).regex(/^[0-9*#A-D]{1,64}$/u, { error: 'must be keys: 0-9 * # A-D' }), gap_ms: duration('Between two keys.').default(SCRIPT_DEFAULTS.digitGapMs) }),
  wait_agent: z.strictObject({ wait_agent: z.strictObject({
    quiet_ms: duration('Silence that ends the agent’s turn.').default(SCRIPT_DEFAULTS.quietMs), deadline_ms: duration('The agent must begin within.').default(SCRIPT_DEFAULTS.agentDeadlineMs),
    speech_ms_max: duration('And speak for so long at most.').default(SCRIPT_DEFAULTS.agentSpeechMsMax),
  }).nullable() }),
  silence: z.strictObject({ silence: duration('Say nothing for so long.') }),
  hangup: z.strictObject({ hangup: z.null({ error: 'takes no value: write `- hangup`' }) }),
  expect_agent: z.strictObject({ expect_agent: z.union([text('Words the agent must say.').transform((words) => ({ text: words, matches: undefined, via: 'events' as const })), wanted], { error: 'must be the words, or { text: … or matches: …, via: events | audio | both }' }) }),
  wait_end: z.strictObject({ wait_end: z.strictObject({ deadline_ms: duration('Give the call up after.').default(SCRIPT_DEFAULTS.endDeadlineMs) }).nullable() }),
} as const;

export type StepName = keyof typeof STEP_SCHEMAS;
/** In the order in which they are looked for: an interruption also has a `say`. */
export const STEP_NAMES = Object.keys(STEP_SCHEMAS) as StepName[];

const endReasons = Object.keys(TERMINATIONS) as [keyof typeof TERMINATIONS, ...(keyof typeof TERMINATIONS)[]];

export const SCRIPT_SCHEMA = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/u, { error: 'must be 1 to 64 of A-Z a-z 0-9 . _ -' }).optional(),
  description: z.string().optional(),
  did: number('Number to dial.'),
  caller_number: number('Number of the caller.').default(SCRIPT_DEFAULTS.callerNumber),
  voice: text('Voice of the caller.').default(SCRIPT_DEFAULTS.voice),
  language: text('BCP 47.').default(SCRIPT_DEFAULTS.language),
  limit_ms: duration('The call is given up after.').default(SCRIPT_DEFAULTS.limitMs),
  ring_timeout_ms: duration('Ring at most.').default(SCRIPT_DEFAULTS.ringTimeoutMs),
  grammar: z.array(text('Another sentence the agent may say.')).max(100).default([]),
  steps: z.array(z.unknown(), { error: 'must be a list of steps' }).min(1).max(200),
  expect: z.strictObject({
    end_reason: z.enum(endReasons, { error: `must be one of: ${endReasons.join(', ')}` }).nullable().default(null),
    answered: z.boolean().default(true),
    cause_code: z.int().min(0).max(127).nullable().default(null),
    greeting_ms_max: bound('Answer → first agent sound.'),
    response_ms_p50_max: bound('Median of end of caller’s voice → first agent sound.'),
    response_ms_max: bound('Slowest of them, keypad entries too.'),
    stop_ms_max: bound('Interruption → last agent sound.'),
    max_gap_ms: bound('Longest silence while the agent is due.'),
    transfers: z.array(z.string({ error: 'must be text: put it in quotes' })).nullable().default(null),
    heard_exactly: z.boolean().default(false),
  }).prefault({}),
});

export type ScriptSettings = z.output<typeof SCRIPT_SCHEMA>;
export type StepSettings = { [Name in StepName]: { readonly name: Name; readonly value: z.output<(typeof STEP_SCHEMAS)[Name]> } }[StepName];
