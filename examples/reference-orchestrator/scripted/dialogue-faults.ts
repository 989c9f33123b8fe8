import type { Dialogue, EnterRule, Find, Rule } from './dialogue-schema.js';
import { placesIn } from './template.js';

export interface Fault {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

/** Filled in by the machine, whatever the dialogue says. */
const BUILT_IN = new Set(['digits', 'ask', 'unheard']);

type AnyRule = EnterRule & Partial<Rule>;

/** Names that a dialogue uses and does not define. */
export function crossReferenceFaults(dialogue: Dialogue): readonly Fault[] {
  const check = new Check(dialogue);
  check.name(['start'], dialogue.start, dialogue.states, 'state');
  for (const [state, { ask, enter, rules }] of Object.entries(dialogue.states)) {
    if (ask !== undefined) check.text(['states', state, 'ask'], ask);
    check.rules(['states', state, 'enter'], enter);
    check.rules(['states', state, 'rules'], rules);
  }
  check.rules(['rules'], dialogue.rules);
  check.rules(['on_interrupted'], dialogue.on_interrupted);
  check.rule(['give_up'], dialogue.give_up);
  dialogue.not_understood.forEach((text, index) => { check.text(['not_understood', index], text); });
  check.tables();
  return check.faults;
}

class Check {
  readonly faults: Fault[] = [];
  /** Slots that some rule fills, and the table each row comes from. */
  private readonly slots = new Map<string, string | null>();

  constructor(private readonly dialogue: Dialogue) {
    for (const choice of Object.keys(dialogue.choices)) this.slots.set(choice, null);
    for (const rule of allRules(dialogue)) {
      for (const slot of Object.keys(rule.set)) this.slots.set(slot, null);
      for (const find of rule.find) this.slots.set(find.as, find.table);
    }
  }

  name(path: Fault['path'], name: string, defined: Readonly<Record<string, unknown>>, kind: string): void {
    if (!Object.hasOwn(defined, name)) this.faults.push({ path, what: `there is no ${kind} called "${name}" (there are: ${Object.keys(defined).join(', ') || 'none'})` });
  }

  rules(path: Fault['path'], rules: readonly AnyRule[]): void {
    rules.forEach((rule, index) => { this.rule([...path, index], rule); });
  }

  rule(path: Fault['path'], rule: AnyRule): void {
    const { states, intents, choices } = this.dialogue;
    if (rule.go !== undefined) this.name([...path, 'go'], rule.go, states, 'state');
    for (const intent of rule.intent ?? []) this.name([...path, 'intent'], intent, intents, 'intent');
    for (const choice of [...(rule.choice === undefined ? [] : [rule.choice]), ...(rule.take ?? [])]) this.name([...path, rule.choice === choice ? 'choice' : 'take'], choice, choices, 'choice');
    for (const slot of [...rule.known, ...rule.unknown, ...rule.forget]) this.slot(path, slot, null);
    for (const text of rule.say) this.text([...path, 'say'], text);
    for (const [slot, text] of Object.entries(rule.set)) this.text([...path, 'set', slot], text);
    this.briefings(path, rule);
    rule.find.forEach((find) => { this.find([...path, 'find'], find); });
  }

  private briefings(path: Fault['path'], rule: AnyRule): void {
    for (const action of rule.do) if ('briefing' in action) this.text([...path, 'do'], action.briefing);
  }

  text(path: Fault['path'], text: string): void {
    for (const { slot, column } of placesIn(text)) this.slot(path, slot, column);
    if (/[{}]/u.test(text.replace(/\{[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?(\|spaced)?\}/gu, ''))) {
      this.faults.push({ path, what: 'a { or } that is not a {slot}, {slot.column} or {slot|spaced}' });
    }
  }

  tables(): void {
    for (const [table, rows] of Object.entries(this.dialogue.tables)) {
      const columns = Object.keys(rows[0] ?? {}).sort().join(', ');
      rows.forEach((row, index) => {
        if (Object.keys(row).sort().join(', ') !== columns) this.faults.push({ path: ['tables', table, index], what: `has other columns than the first row (${columns})` });
      });
    }
  }

  private find(path: Fault['path'], { table, where }: Find): void {
    this.name(path, table, this.dialogue.tables, 'table');
    for (const [column, text] of Object.entries(where)) {
      this.column(path, table, column);
      this.text([...path, 'where', column], text);
    }
  }

  private slot(path: Fault['path'], slot: string, column: string | null): void {
    if (BUILT_IN.has(slot)) return;
    const table = this.slots.get(slot);
    if (table === undefined) this.faults.push({ path, what: `nothing ever fills the slot "${slot}"` });
    else if (column !== null && table === null) this.faults.push({ path, what: `the slot "${slot}" is a text and has no columns` });
    else if (column !== null && table !== null) this.column(path, table, column);
  }

  private column(path: Fault['path'], table: string, column: string): void {
    const row = this.dialogue.tables[table]?.[0];
    if (row !== undefined && !Object.hasOwn(row, column)) this.faults.push({ path, what: `the table "${table}" has no column "${column}"` });
  }
}

function allRules(dialogue: Dialogue): readonly AnyRule[] {
  const states = Object.values(dialogue.states).flatMap(({ enter, rules }): AnyRule[] => [...enter, ...rules]);
  return [...states, ...dialogue.rules, ...dialogue.on_interrupted, dialogue.give_up];
}
