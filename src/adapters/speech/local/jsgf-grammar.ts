import { JsgfFault, type JsgfToken, jsgfTokens } from './jsgf-tokens.js';

/** Words of the grammar with every rule written out where it is used: pocketsphinx really does that, so it must be bounded. */

const EXPANDED_WORDS_MAX = 20_000;
const NESTING_MAX = 40;
/** Rules every JSGF grammar has: nothing to say, and nothing that can be said. */
const BUILT_IN_RULES = new Set(['NULL', 'VOID']);
const TOP_RULE = 'gateway_utterance';

/** A grammar that can be given to pocketsphinx, and what it can hear. */
export interface JsgfGrammar {
  /** Normalised: lower case, no comments, no tags, exactly one public rule. */
  readonly text: string;
  /** Lower case, each once. */
  readonly words: ReadonlySet<string>;
}

interface Rule {
  readonly name: string;
  readonly line: number;
  readonly isPublic: boolean;
  readonly words: string[];
  readonly references: { readonly name: string; readonly line: number }[];
  /** What stands right of `=`, normalised. */
  readonly body: string[];
}

/**
 * Reads a JSGF grammar (W3C note, June 2000) strictly, since pocketsphinx answers a fault only by failing, and copies rules
 * without a bound. All public rules may be said. Not supported, and said so: imports, quoted words, recursion (use + or *).
 *
 * @throws JsgfFault with the line of the fault.
 */
export function readJsgf(text: string): JsgfGrammar {
  const rules = new JsgfReader(jsgfTokens(text)).read();
  const expanded = new Map<string, number>();
  const publicRules = [...rules.values()].filter((rule) => rule.isPublic);
  if (publicRules.length === 0) throw new JsgfFault('no rule is public: nothing could be said', 1);
  const size = publicRules.reduce((sum, rule) => sum + expandedWords(rule, rules, expanded, []), 0);
  if (size > EXPANDED_WORDS_MAX) throw new JsgfFault(`too large: ${size} words when rules are written out, at most ${EXPANDED_WORDS_MAX}`, 1);
  const used = [...rules.values()].filter((rule) => expanded.has(rule.name));
  return {
    words: new Set(used.flatMap((rule) => rule.words)),
    text: [
      '#JSGF V1.0;', 'grammar gateway;',
      ...used.map((rule) => `<${rule.name}> = ${rule.body.join(' ')};`),
      `public <${TOP_RULE}> = ${publicRules.map((rule) => `<${rule.name}>`).join(' | ')};`, '',
    ].join('\n'),
  };
}

/** Marks in `expanded` every rule that is reached. */
function expandedWords(rule: Rule, rules: ReadonlyMap<string, Rule>, expanded: Map<string, number>, path: readonly string[]): number {
  if (path.includes(rule.name)) throw new JsgfFault(`rule <${rule.name}> contains itself; write repetition with + or *`, rule.line);
  const known = expanded.get(rule.name);
  if (known !== undefined) return known;
  let size = rule.words.length;
  for (const { name, line } of rule.references) {
    const target = rules.get(name);
    if (target === undefined) throw new JsgfFault(`there is no rule <${name}>`, line);
    size += expandedWords(target, rules, expanded, [...path, rule.name]);
  }
  expanded.set(rule.name, size);
  return size;
}

class JsgfReader {
  private at = 0;
  private readonly rules = new Map<string, Rule>();
  private ownPrefix = '';

  constructor(private readonly tokens: readonly JsgfToken[]) {}

  read(): ReadonlyMap<string, Rule> {
    this.header();
    while (this.peek().kind !== 'end') this.rule();
    return this.rules;
  }

  /** `#JSGF V1.0 [charset [locale]]; grammar name;` */
  private header(): void {
    if (this.next().text !== '#JSGF') throw new JsgfFault('a grammar begins with: #JSGF V1.0;', 1);
    while (this.peek().kind === 'word') this.next();
    this.expect(';');
    if (this.peek().text !== 'grammar') throw this.fault('the header is followed by: grammar <its name>;');
    this.next();
    this.ownPrefix = `${this.word()}.`;
    this.expect(';');
    if (this.peek().text === 'import') throw this.fault('import is not supported: write the rules into this grammar');
  }

  private rule(): void {
    const isPublic = this.peek().text === 'public';
    if (isPublic) this.next();
    const { text, line, kind } = this.next();
    if (kind !== 'rule') throw new JsgfFault(`a rule begins with its name, like <name>, not with ${shown(text)}`, line);
    const name = this.localName(text);
    if (BUILT_IN_RULES.has(name) || name === TOP_RULE) throw new JsgfFault(`<${name}> cannot be defined`, line);
    if (this.rules.has(name)) throw new JsgfFault(`rule <${name}> is defined twice`, line);
    this.expect('=');
    const rule: Rule = { name, line, isPublic, words: [], references: [], body: [] };
    this.alternatives(rule, 0);
    this.expect(';');
    this.rules.set(name, rule);
  }

  private alternatives(rule: Rule, depth: number): void {
    if (depth > NESTING_MAX) throw this.fault('brackets are nested too deeply');
    this.sequence(rule, depth);
    while (this.peek().text === '|') {
      rule.body.push(this.next().text);
      this.sequence(rule, depth);
    }
  }

  private sequence(rule: Rule, depth: number): void {
    if (this.peek().kind === 'weight') rule.body.push(this.next().text);
    let items = 0;
    while (this.item(rule, depth)) items += 1;
    if (items === 0) throw this.fault(`something to say is missing before ${shown(this.peek().text)}`);
  }

  private item(rule: Rule, depth: number): boolean {
    const { kind, text, line } = this.peek();
    if (kind === 'word') {
      rule.words.push(text.toLowerCase());
      rule.body.push(text.toLowerCase());
      this.next();
    } else if (kind === 'rule') {
      const name = this.localName(text);
      if (!BUILT_IN_RULES.has(name)) rule.references.push({ name, line });
      rule.body.push(`<${name}>`);
      this.next();
    } else if (text === '(' || text === '[') {
      this.group(rule, depth);
    } else {
      return false;
    }
    if (this.peek().text === '*' || this.peek().text === '+') rule.body.push(this.next().text);
    while (this.peek().kind === 'tag') this.next();
    return true;
  }

  private group(rule: Rule, depth: number): void {
    const open = this.next().text;
    rule.body.push(open);
    this.alternatives(rule, depth + 1);
    rule.body.push(this.expect(open === '(' ? ')' : ']'));
  }

  /** Without the angle brackets, and without the name of this grammar before it. */
  private localName(text: string): string {
    const name = text.slice(1, -1);
    return name.startsWith(this.ownPrefix) ? name.slice(this.ownPrefix.length) : name;
  }

  private word(): string {
    const { kind, text } = this.next();
    if (kind !== 'word') throw this.fault(`a name is missing before ${shown(text)}`);
    return text;
  }

  private expect(text: string): string {
    if (this.peek().text !== text) throw this.fault(`${text} is missing before ${shown(this.peek().text)}`);
    return this.next().text;
  }

  private fault(reason: string): JsgfFault {
    return new JsgfFault(reason, this.peek().line);
  }

  private peek(): JsgfToken {
    return this.tokens[this.at] ?? { kind: 'end', text: '', line: this.tokens.at(-1)?.line ?? 1 };
  }

  private next(): JsgfToken {
    const token = this.peek();
    this.at += 1;
    return token;
  }
}

function shown(text: string): string {
  return text === '' ? 'the end' : `“${text}”`;
}
