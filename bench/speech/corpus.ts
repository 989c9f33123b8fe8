import { readdirSync, readFileSync } from 'node:fs';
import { isScalar, parseDocument, visit } from 'yaml';
import { loadScript } from '../../src/adapters/simulation/load-script.js';
import type { CallScript } from '../../src/domain/simulation/script.js';
import { expectationGrammar } from '../../src/domain/simulation/expectation-grammar.js';
import { Jsgf } from '../../test/examples/jsgf.js';
import { FOREIGN_SENTENCES } from './foreign-sentences.js';
import type { Random } from './random.js';

/** Sentences drawn from each grammar beside those of the scripts. */
const DRAWN_SENTENCES = 110;
const DRAWN_NUMBERS = 30;
const DIGITS = ['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const REPLY_KEYS = new Set(['say', 'ask', 'greeting', 'goodbye', 'handingOver']);
const CUSTOMER_NUMBER_DIGITS = 6;

export interface Sentence {
  /** For the synthesiser. */
  readonly spoken: string;
  /** Lower case, no punctuation: what the final has to be. */
  readonly words: string;
}

/** Sentences and the grammar they are recognised with. */
export interface Corpus {
  readonly name: string;
  /** JSGF. */
  readonly grammar: string;
  readonly sentences: readonly Sentence[];
  /** Words of those that callers of examples/calls say: they have to be right always. */
  readonly scripted: readonly string[];
  /** Not in the grammar: the final has to be empty. */
  readonly foreign: readonly string[];
}

/** What callers say to each assistant of the examples, and what the agents say to the simulator. */
export function corpora(random: Random): readonly Corpus[] {
  const scripts = scriptsOf('examples/calls');
  return [
    callers('card-delivery', scripts, random),
    callers('restaurant', scripts, random),
    agents(scripts),
  ];
}

function callers(name: string, scripts: readonly CallScript[], random: Random): Corpus {
  const grammar = readFileSync(`examples/grammars/${name}.jsgf`, 'utf8');
  const jsgf = new Jsgf(grammar);
  const scripted = [...new Set(scripts.flatMap(linesOf))].filter((line) => jsgf.accepts(line));
  const sentences = new Set(scripted);
  for (const sentence of draws(DRAWN_SENTENCES, () => jsgf.sentence((count) => random.below(count)))) sentences.add(sentence);
  for (const sentence of draws(DRAWN_NUMBERS, () => numberSentence(random))) if (jsgf.accepts(sentence)) sentences.add(sentence);
  return { name, grammar, sentences: [...sentences].map((words) => ({ spoken: words, words })), scripted, foreign: FOREIGN_SENTENCES.filter((sentence) => !jsgf.accepts(sentence)) };
}

/** The simulator's own grammar, with everything at once that its scripts expect and the agents of the examples may say. */
function agents(scripts: readonly CallScript[]): Corpus {
  const replies = ['examples/dialogues', 'config/tenants'].flatMap((directory) => yamlFiles(directory).flatMap(repliesOf));
  const texts = new Map([...scripts.flatMap(expectedOf), ...replies].map((spoken) => [spokenWords(spoken), spoken]));
  const sentences = [...texts].map(([words, spoken]) => ({ spoken, words }));
  return { name: 'simulator', grammar: expectationGrammar([...texts.values()]), sentences, scripted: [], foreign: [] };
}

function scriptsOf(directory: string): readonly CallScript[] {
  return yamlFiles(directory).map((file) => {
    const loaded = loadScript(file);
    if (!loaded.ok) throw new Error(`${file}: ${loaded.faults.map(({ message }) => message).join('; ')}`);
    return loaded.script;
  });
}

function yamlFiles(directory: string): readonly string[] {
  return readdirSync(directory).filter((file) => file.endsWith('.yaml')).map((file) => `${directory}/${file}`);
}

/** What stands under `say`, `ask` and the prompts of a tenant, as far as it needs nothing filled in. */
function repliesOf(file: string): readonly string[] {
  const found: string[] = [];
  visit(parseDocument(readFileSync(file, 'utf8')), {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && REPLY_KEYS.has(String(key.value)) && isScalar(value) && typeof value.value === 'string' && !value.value.includes('{')) found.push(value.value);
    },
  });
  return found;
}

/** A text as a recogniser gives it back. */
function spokenWords(text: string): string {
  return text.toLowerCase().replace(/[^a-z']+/gu, ' ').trim();
}

function linesOf({ steps }: CallScript): readonly string[] {
  return steps.flatMap((step) => ((step.kind === 'say' || step.kind === 'interrupt') && step.line.kind === 'text' ? [step.line.text] : []));
}

function expectedOf({ steps }: CallScript): readonly string[] {
  return steps.flatMap((step) => (step.kind === 'expect-agent' && step.wanted.kind === 'text' ? [step.wanted.text] : []));
}

/** `count` different results of `draw`, or as many as it has. */
function draws(count: number, draw: () => string): ReadonlySet<string> {
  const found = new Set<string>();
  for (let tries = 0; tries < 20 * count && found.size < count; tries += 1) found.add(draw());
  return found;
}

function numberSentence(random: Random): string {
  return Array.from({ length: CUSTOMER_NUMBER_DIGITS }, () => DIGITS[random.below(DIGITS.length)]).join(' ');
}
