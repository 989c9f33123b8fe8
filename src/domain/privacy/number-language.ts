/** What a word announces. `other`: a number that is no card number (telephone, order, amount). */
export type Mark = 'card' | 'cvv' | 'expiry' | 'month' | 'other';

/**
 * How one language says numbers, as data: a new language is a new table in `languages/`, no new code. All words lower case,
 * lists of words separated by blanks; phrases are separated by `|`.
 */
export interface NumberWords {
  /** Primary subtag of BCP 47: `en`. */
  readonly code: string;
  /** Ten entries, zero first, each with all its words: `zero oh o nought`. */
  readonly digits: readonly string[];
  /** Words with a value of two digits: `eleven` → 11. */
  readonly twoDigits: Readonly<Record<string, number>>;
  /** Words after which a unit may follow: `forty` (one) → 40 or 41. */
  readonly tens: Readonly<Record<string, number>>;
  /** Tens after which 10 to 19 may follow too: French `soixante` (onze) → 71. */
  readonly tensTakingTeens?: string;
  /** Words between tens and unit: Spanish `treinta y uno`, French `vingt et un`. */
  readonly tensJoiners?: string;
  /** Unit first: German `einundvierzig` or `ein und vierzig` → 41. Lists the units as they sound there, one to nine. */
  readonly reversedTens?: { readonly joiner: string; readonly units: string };
  /** `double four` → 44. */
  readonly repeats: Readonly<Record<string, number>>;
  /** Words between a count and what is repeated: `three times one` → 111. */
  readonly timesWords: string;
  /** Ten entries like `digits`, for `four ones` → 1111; empty where nobody says that. */
  readonly plurals?: readonly string[];
  readonly hundreds: string;
  readonly thousands: string;
  /** Words that do not end a number: `uh`, `and`, `dash`. */
  readonly fillers: string;
  /** Words right after a number that make it something else than a card: `euros`, `percent`. */
  readonly units: string;
  /** A word of several meanings is left out of `other`: it would keep a card from being found. */
  readonly marks: Readonly<Record<Mark, string>>;
}

/** The table ready for look-up, one or several languages together. */
export interface NumberLanguage {
  readonly digits: ReadonlyMap<string, string>;
  readonly twoDigits: ReadonlyMap<string, number>;
  readonly tens: ReadonlyMap<string, number>;
  readonly tensTakingTeens: ReadonlySet<string>;
  readonly tensJoiners: ReadonlySet<string>;
  readonly reversedUnits: ReadonlyMap<string, number>;
  readonly reversedJoiners: ReadonlySet<string>;
  readonly repeats: ReadonlyMap<string, number>;
  readonly timesWords: ReadonlySet<string>;
  readonly plurals: ReadonlyMap<string, string>;
  readonly hundreds: ReadonlySet<string>;
  readonly thousands: ReadonlySet<string>;
  readonly fillers: ReadonlySet<string>;
  readonly units: ReadonlySet<string>;
  /** By first word, longest phrase first. */
  readonly phrases: ReadonlyMap<string, readonly MarkPhrase[]>;
}

export interface MarkPhrase {
  readonly words: readonly string[];
  readonly mark: Mark;
}

/** Where two tables know the same word, the earlier table decides. */
export function numberLanguage(tables: readonly NumberWords[]): NumberLanguage {
  return {
    digits: firstOf(tables.flatMap((table) => byIndex(table.digits))),
    twoDigits: firstOf(tables.flatMap((table) => [...Object.entries(table.twoDigits), ...reversedTens(table)])),
    tens: firstOf(tables.flatMap((table) => Object.entries(table.tens))),
    tensTakingTeens: new Set(tables.flatMap((table) => words(table.tensTakingTeens))),
    tensJoiners: new Set(tables.flatMap((table) => words(table.tensJoiners))),
    reversedUnits: firstOf(tables.flatMap((table) => words(table.reversedTens?.units).map((word, index) => [word, index + 1] as const))),
    reversedJoiners: new Set(tables.flatMap((table) => words(table.reversedTens?.joiner))),
    repeats: firstOf(tables.flatMap((table) => Object.entries(table.repeats))),
    timesWords: new Set(tables.flatMap((table) => words(table.timesWords))),
    plurals: firstOf(tables.flatMap((table) => byIndex(table.plurals ?? []))),
    hundreds: new Set(tables.flatMap((table) => words(table.hundreds))),
    thousands: new Set(tables.flatMap((table) => words(table.thousands))),
    fillers: new Set(tables.flatMap((table) => words(table.fillers))),
    units: new Set(tables.flatMap((table) => words(table.units))),
    phrases: phrasesOf(tables),
  };
}

function words(list: string | undefined): readonly string[] {
  return list === undefined || list === '' ? [] : list.split(' ');
}

function byIndex(lists: readonly string[]): readonly (readonly [string, string])[] {
  return lists.flatMap((list, digit) => words(list).map((word) => [word, String(digit)] as const));
}

function reversedTens({ reversedTens: rule, tens }: NumberWords): readonly (readonly [string, number])[] {
  if (rule === undefined) return [];
  return words(rule.units).flatMap((unit, index) =>
    Object.entries(tens).map(([ten, value]) => [`${unit}${rule.joiner}${ten}`, value + index + 1] as const));
}

function firstOf<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, T> {
  return new Map([...entries].reverse());
}

function phrasesOf(tables: readonly NumberWords[]): ReadonlyMap<string, readonly MarkPhrase[]> {
  const phrases = new Map<string, MarkPhrase[]>();
  for (const phrase of tables.flatMap(({ marks }) => markPhrases(marks))) {
    const first = phrase.words[0] ?? '';
    phrases.set(first, [...(phrases.get(first) ?? []), phrase]);
  }
  for (const list of phrases.values()) list.sort((one, other) => other.words.length - one.words.length);
  return phrases;
}

function markPhrases(marks: NumberWords['marks']): readonly MarkPhrase[] {
  return (Object.entries(marks) as [Mark, string][]).flatMap(([mark, list]) => list.split('|').map((phrase) => ({ words: words(phrase), mark })));
}
