const GRAMMAR_CHARACTERS_MAX = 65_536;

/** A fault in a grammar, for its author. */
export class JsgfFault extends Error {
  override readonly name = 'JsgfFault';

  constructor(readonly reason: string, readonly line: number) {
    super(`grammar, line ${line}: ${reason}`);
  }
}

export interface JsgfToken {
  readonly kind: 'word' | 'rule' | 'weight' | 'tag' | 'sign' | 'end';
  readonly text: string;
  readonly line: number;
}

/** What a JSGF file is made of, each at the place where the one before ended. Tried in this order. */
const PATTERNS: readonly (readonly [JsgfToken['kind'] | 'nothing' | 'quoted', RegExp])[] = [
  ['nothing', /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//uy],
  ['rule', /<[^<>\s]+>/uy],
  ['tag', /\{(?:\\.|[^\\}])*\}/uy],
  ['weight', /\/\d*(?:\.\d+)?(?:e-?\d+)?\//uy],
  ['quoted', /"[^"]*"?/uy],
  ['sign', /[=;|()[\]*+]/uy],
  ['word', /[^\s=;|*+<>()[\]{}/"]+/uy],
];

/** @throws JsgfFault */
export function jsgfTokens(grammar: string): readonly JsgfToken[] {
  if (grammar.length > GRAMMAR_CHARACTERS_MAX) throw new JsgfFault(`longer than ${GRAMMAR_CHARACTERS_MAX} characters`, 1);
  const text = grammar.replace(/^\uFEFF/u, '');
  const tokens: JsgfToken[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const [kind, piece] = tokenAt(text, at);
    if (piece === '') throw new JsgfFault(`“${text.slice(at, at + 1)}” does not belong here`, line);
    if (kind === 'quoted') throw new JsgfFault('quoted words are not supported: write each word without quotes', line);
    if (kind !== 'nothing') tokens.push({ kind, text: piece, line });
    line += piece.split('\n').length - 1;
    at += piece.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): readonly [JsgfToken['kind'] | 'nothing' | 'quoted', string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return [kind, found];
  }
  return ['nothing', ''];
}
