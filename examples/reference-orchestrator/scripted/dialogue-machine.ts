import type { Action, TurnRequest } from '../wire.js';
import type { Dialogue, EnterRule, Find, Rule } from './dialogue-schema.js';
import { fillIn, type Slot } from './template.js';
import type { Interpreter, Understanding } from './understanding.js';
import { unheardOf } from './unheard.js';

/** All that a conversation remembers. Plain data. */
export interface Memory {
  readonly state: string;
  readonly slots: Readonly<Record<string, Slot>>;
  /** Turns in a row that got nowhere. */
  readonly failures: number;
  /** The last reply, for when it was interrupted. */
  readonly lastText: string;
  readonly lastActions: readonly Action[];
}

export interface ScriptedReply {
  readonly memory: Memory;
  readonly text: string;
  readonly actions: readonly Action[];
}

/** States entered in one turn: more means that their `enter` rules go in circles. */
const STATES_PER_TURN_MAX = 10;

export function begin(dialogue: Dialogue): Memory {
  return { state: dialogue.start, slots: {}, failures: 0, lastText: dialogue.greeting ?? '', lastActions: [] };
}

/** The reply to a turn: a pure function of the dialogue, what is remembered, and what was said. */
export function answer(dialogue: Dialogue, interpreter: Interpreter, memory: Memory, turn: TurnRequest): ScriptedReply {
  const understood = interpreter.understand(turn.input);
  const interrupted = turn.heard?.interrupted === true;
  const unheard = interrupted ? unheardOf(memory.lastText, turn.heard?.text ?? '') : '';
  const reply = new ReplyInTheMaking(dialogue, memory, { digits: understood.digits ?? '', unheard });
  const rule = rulesFor(dialogue, memory, unheard).find((candidate) =>
    fitsInput(candidate, understood) && fitsContent(candidate, understood) && (candidate.interrupted ?? interrupted) === interrupted
    && reply.know(candidate, choicesOf(candidate, understood)));
  if (rule === undefined || rule.fails) reply.fail(rule ?? null);
  else reply.succeed(rule);
  return reply.finish();
}

function rulesFor(dialogue: Dialogue, memory: Memory, unheard: string): readonly Rule[] {
  return [...(dialogue.states[memory.state]?.rules ?? []), ...dialogue.rules, ...(unheard === '' ? [] : dialogue.on_interrupted)];
}

/** How the caller answered. */
function fitsInput({ by, silence, transfer_failed: transferFailed }: Rule, understood: Understanding): boolean {
  return (silence ?? false) === understood.silence && (transferFailed ?? false) === understood.transferFailed && (by ?? understood.by) === understood.by;
}

/** What the caller answered. */
function fitsContent({ intent, digits, choice }: Rule, understood: Understanding): boolean {
  if (intent !== undefined && !intent.some((name) => understood.intents.has(name))) return false;
  if (choice !== undefined && !Object.hasOwn(understood.choices, choice)) return false;
  return digits === undefined || (understood.digits !== null && (digits === 'any' || understood.digits.length === digits));
}

/** The choices that the rule remembers, as far as the caller named them. */
function choicesOf({ choice, take }: Rule, { choices }: Understanding): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(choices).filter(([name]) => name === choice || take.includes(name)));
}

class ReplyInTheMaking {
  private state: string;
  private slots: Readonly<Record<string, Slot>>;
  private failures: number;
  private readonly texts: string[] = [];
  private readonly actions: Action[] = [];
  private statesEntered = 0;

  constructor(private readonly dialogue: Dialogue, private readonly memory: Memory, private readonly builtIn: { readonly digits: string; readonly unheard: string }) {
    this.state = memory.state;
    this.slots = memory.slots;
    this.failures = memory.failures;
  }

  /** True when what the rule wants to know is known; then `named`, and the rows that it found, are remembered. */
  know(rule: EnterRule, named: Readonly<Record<string, string>> = {}): boolean {
    if (rule.known.some((slot) => !Object.hasOwn(this.slots, slot)) || rule.unknown.some((slot) => Object.hasOwn(this.slots, slot))) return false;
    let found: Readonly<Record<string, Slot>> = { ...this.slots, ...named };
    for (const find of rule.find) {
      const row = this.find(find, found);
      if (row === undefined) return false;
      found = { ...found, [find.as]: row };
    }
    this.slots = found;
    return true;
  }

  succeed(rule: EnterRule): void {
    this.failures = 0;
    this.carryOut(rule);
  }

  /** The turn got nowhere: by `rule`, or because none fitted. Too many in a row end the attempt. */
  fail(rule: EnterRule | null): void {
    this.failures += 1;
    if (this.failures >= this.dialogue.failures_max) {
      this.failures = 0;
      this.carryOut(this.dialogue.give_up);
    } else if (rule === null) this.say(this.dialogue.not_understood);
    else this.carryOut(rule);
  }

  finish(): ScriptedReply {
    const collect = this.dialogue.states[this.state]?.collect;
    const stays = this.actions.every(({ type }) => type === 'collect_digits');
    if (stays && collect !== undefined) this.actions.push({ type: 'collect_digits', ...collect });
    const text = this.texts.join(' ');
    return {
      text, actions: this.actions,
      memory: { state: this.state, slots: this.slots, failures: this.failures, lastText: text, lastActions: this.actions },
    };
  }

  private carryOut(rule: EnterRule): void {
    for (const slot of rule.forget) this.slots = Object.fromEntries(Object.entries(this.slots).filter(([name]) => name !== slot));
    for (const [slot, text] of Object.entries(rule.set)) this.slots = { ...this.slots, [slot]: this.fill(text) };
    this.say(rule.say);
    this.actions.push(...rule.do.map((action) => ('briefing' in action ? { ...action, briefing: this.fill(action.briefing) } : action)));
    if (rule.resume) this.actions.push(...this.memory.lastActions.filter(({ type }) => type !== 'collect_digits'));
    if (rule.go !== undefined) this.enter(rule.go);
  }

  private enter(name: string): void {
    this.statesEntered += 1;
    if (this.statesEntered > STATES_PER_TURN_MAX) throw new Error(`the states of the dialogue go in circles at "${name}"`);
    this.state = name;
    const state = this.dialogue.states[name];
    const rule = state?.enter.find((candidate) => this.know(candidate));
    if (rule !== undefined) this.carryOut(rule);
    if (rule?.go === undefined && state?.ask !== undefined) this.texts.push(this.fill(state.ask));
  }

  /** One of several texts: the first for the first failure in a row, and so on. */
  private say(texts: readonly string[]): void {
    const text = texts[Math.min(texts.length, Math.max(1, this.failures)) - 1];
    if (text !== undefined) this.texts.push(this.fill(text));
  }

  private fill(text: string): string {
    const ask = this.dialogue.states[this.state]?.ask ?? '';
    return fillIn(fillIn(text, { ...this.slots, ...this.builtIn, ask }), this.slots).replace(/\s+/gu, ' ').trim();
  }

  private find({ table, where }: Find, slots: Readonly<Record<string, Slot>>): Readonly<Record<string, string>> | undefined {
    const wanted = Object.entries(where).map(([column, text]) => [column, fillIn(text, { ...slots, ...this.builtIn })] as const);
    return this.dialogue.tables[table]?.find((row) => wanted.every(([column, value]) => row[column] === value));
  }
}
