/** Just enough of JSGF (words, <rules>, groups, options, alternatives) to check our grammars without a recogniser. */
type Node =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly Node[] }
  | { readonly kind: 'optional'; readonly of: Node };

export class Jsgf {
  private readonly rules = new Map<string, Node>();
  private readonly start: string;

  constructor(text: string) {
    const body = text.replace(/\/\*.*?\*\//gsu, '').replace(/^#JSGF[^;]*;/u, '').replace(/\bgrammar\s+\w+\s*;/u, '');
    let start = '';
    for (const [, isPublic, name = '', expansion = ''] of body.matchAll(/(public\s+)?<(\w+)>\s*=\s*([^;]*);/gu)) {
      this.rules.set(name, parseChoice(tokensOf(expansion)));
      if (isPublic !== undefined) start = name;
    }
    this.start = start;
  }

  words(): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (node: Node): void => {
      if (node.kind === 'word') found.add(node.word);
      else if (node.kind === 'optional') visit(node.of);
      else if (node.kind !== 'rule') node.of.forEach(visit);
    };
    for (const rule of this.rules.values()) visit(rule);
    return found;
  }

  accepts(sentence: string): boolean {
    return new RegExp(`^${this.pattern(this.rule(this.start))}$`, 'u').test(`${sentence} `);
  }

  /** A sentence of the grammar; `pick(n)` chooses one of n. */
  sentence(pick: (count: number) => number): string {
    return this.expand(this.rule(this.start), pick).join(' ');
  }

  private rule(name: string): Node {
    const rule = this.rules.get(name);
    if (rule === undefined) throw new Error(`the grammar has no rule <${name}>`);
    return rule;
  }

  private pattern(node: Node): string {
    switch (node.kind) {
      case 'word': return `${node.word} `;
      case 'rule': return this.pattern(this.rule(node.name));
      case 'optional': return `(?:${this.pattern(node.of)})?`;
      case 'sequence': return node.of.map((part) => this.pattern(part)).join('');
      case 'choice': return `(?:${node.of.map((part) => this.pattern(part)).join('|')})`;
    }
  }

  private expand(node: Node, pick: (count: number) => number): readonly string[] {
    switch (node.kind) {
      case 'word': return [node.word];
      case 'rule': return this.expand(this.rule(node.name), pick);
      case 'optional': return pick(2) === 0 ? [] : this.expand(node.of, pick);
      case 'sequence': return node.of.flatMap((part) => this.expand(part, pick));
      case 'choice': return this.expand(node.of[pick(node.of.length)]!, pick);
    }
  }
}

function tokensOf(expansion: string): string[] {
  return expansion.match(/<\w+>|[()[\]|]|[^\s()[\]|<>]+/gu) ?? [];
}

/** Takes tokens up to the closing bracket that is not its own. */
function parseChoice(tokens: string[]): Node {
  const choices: Node[] = [];
  let sequence: Node[] = [];
  for (let token = tokens[0]; token !== undefined && token !== ')' && token !== ']'; token = tokens[0]) {
    tokens.shift();
    if (token === '|') {
      choices.push({ kind: 'sequence', of: sequence });
      sequence = [];
    } else sequence.push(parseTerm(token, tokens));
  }
  choices.push({ kind: 'sequence', of: sequence });
  return { kind: 'choice', of: choices };
}

function parseTerm(token: string, tokens: string[]): Node {
  if (token === '(' || token === '[') {
    const inner = parseChoice(tokens);
    tokens.shift();
    return token === '(' ? inner : { kind: 'optional', of: inner };
  }
  return token.startsWith('<') ? { kind: 'rule', name: token.slice(1, -1) } : { kind: 'word', word: token };
}
