import { z } from 'zod';

/*
 * A dialogue as it is written in YAML. A turn is answered by the first rule that fits: the state's own rules, then those
 * of the dialogue. Names are words; texts may hold {slot}, {slot.column}, {digits}, {ask} and {unheard}.
 */

const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/u, 'must be a name: lower-case letters, digits and _');
const text = z.string('must be a text (put numbers in quotes)').min(1).max(2000);
/** A list, or the one thing that would be in it. */
const oneOrMore = <T extends z.ZodType>(item: T) => z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).min(1));

const collectSchema = z.strictObject({
  min: z.int().min(1).max(64),
  max: z.int().min(1).max(64),
  terminator: z.string().regex(/^[0-9*#]$/u).nullable().default('#'),
  inter_digit_timeout_ms: z.int().min(200).max(60_000).default(4000),
}).refine(({ min, max }) => min <= max, 'min is greater than max');

const actionSchema = z.union([
  z.enum(['hangup', 'end']).transform((type) => ({ type })),
  z.strictObject({ escalate: text }).transform(({ escalate }) => ({ type: 'escalate' as const, reason: escalate })),
  z.strictObject({ transfer: z.strictObject({ extension: z.string().regex(/^[A-Za-z0-9*#_-]{1,64}$/u) }) })
    .transform(({ transfer }) => ({ type: 'transfer' as const, target: { kind: 'extension' as const, ...transfer } })),
  z.strictObject({ transfer: z.strictObject({ queue: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/u) }) })
    .transform(({ transfer }) => ({ type: 'transfer' as const, target: { kind: 'queue' as const, ...transfer } })),
  z.strictObject({ transfer: z.strictObject({ number: z.string().regex(/^\+?[0-9]{2,20}$/u) }) })
    .transform(({ transfer }) => ({ type: 'transfer' as const, target: { kind: 'number' as const, ...transfer } })),
  z.strictObject({ transfer: z.strictObject({ number: z.string().regex(/^\+?[0-9]{2,20}$/u), briefing: text.max(500) }) })
    .transform(({ transfer: { number, briefing } }) => ({ type: 'transfer' as const, target: { kind: 'number' as const, number }, mode: 'attended' as const, briefing })),
], 'must be hangup, end, {escalate: reason}, {transfer: {extension: …}}, {transfer: {queue: …}} or {transfer: {number: …, briefing: …}}');

/** A row of `table` whose columns have these values is remembered as the slot `as`. */
const findSchema = z.strictObject({ table: name, where: z.record(name, text), as: name });

/** What a rule does when it fits. */
const effect = {
  /** Remember texts, or forget slots. */
  set: z.record(name, text).default({}),
  forget: oneOrMore(name).default([]),
  /** Several texts: one per failure in a row, the last one repeated. */
  say: oneOrMore(text).default([]),
  do: oneOrMore(actionSchema).default([]),
  /** Next state: its `enter` rules run, its `ask` is said, its digits are collected. */
  go: name.optional(),
  /** Says again what the caller did not hear, and repeats its actions. */
  resume: z.boolean().default(false),
  /** The caller was understood but did not get anywhere: counts like not being understood. */
  fails: z.boolean().default(false),
};

const knowledge = {
  known: oneOrMore(name).default([]),
  unknown: oneOrMore(name).default([]),
  find: oneOrMore(findSchema).default([]),
};

/** Fits when all that is written fits. */
const ruleSchema = z.strictObject({
  intent: oneOrMore(name).optional(),
  /** Digits spoken or typed: how many. */
  digits: z.union([z.int().min(1).max(64), z.literal('any')]).optional(),
  by: z.enum(['keypad', 'speech']).optional(),
  /** The caller named one of the values of this choice; it is remembered under the name of the choice. */
  choice: name.optional(),
  /** Choices to remember when they are named as well. */
  take: oneOrMore(name).default([]),
  silence: z.literal(true).optional(),
  transfer_failed: z.literal(true).optional(),
  interrupted: z.boolean().optional(),
  ...knowledge, ...effect,
});

const enterRuleSchema = z.strictObject({ ...knowledge, ...effect });

const stateSchema = z.strictObject({
  /** Said on entering. */
  ask: text.optional(),
  collect: collectSchema.optional(),
  /** The first that fits is carried out on entering, before `ask`. */
  enter: z.array(enterRuleSchema).default([]),
  rules: z.array(ruleSchema).default([]),
});

export const dialogueSchema = z.strictObject({
  agent: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/u), name: text, language: z.string().min(2).max(35) }),
  /** Left out: the gateway's agent profile greets. */
  greeting: text.optional(),
  start: name,
  /** Turns in a row that got nowhere before `give_up`. */
  failures_max: z.int().min(1).max(20).default(3),
  /** Phrases, any of which shows the intent. `*` stands for up to four words. */
  intents: z.record(name, z.array(text).min(1)).default({}),
  /** Values and the phrases that name them. */
  choices: z.record(name, z.record(text, z.array(text).min(1))).default({}),
  tables: z.record(name, z.array(z.record(name, text)).min(1)).default({}),
  states: z.record(name, stateSchema),
  rules: z.array(ruleSchema).default([]),
  /** Tried when the last reply was interrupted and no other rule fits. */
  on_interrupted: z.array(ruleSchema).default([]),
  /** Nothing fits: one text per failure in a row. */
  not_understood: z.array(text).min(1),
  give_up: enterRuleSchema,
});

export type Dialogue = z.infer<typeof dialogueSchema>;
export type State = z.infer<typeof stateSchema>;
export type Rule = z.infer<typeof ruleSchema>;
export type EnterRule = z.infer<typeof enterRuleSchema>;
export type Find = z.infer<typeof findSchema>;
