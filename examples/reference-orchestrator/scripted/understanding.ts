import type { TurnInput } from '../wire.js';
import type { Dialogue } from './dialogue-schema.js';
import { spokenDigits } from './spoken-digits.js';
import { phraseMatcher, wordsOf, type PhraseMatcher } from './words.js';

/** What was understood of one turn. */
export interface Understanding {
  readonly intents: ReadonlySet<string>;
  /** Choice → value named. */
  readonly choices: Readonly<Record<string, string>>;
  readonly digits: string | null;
  readonly by: 'keypad' | 'speech' | null;
  readonly silence: boolean;
  readonly transferFailed: boolean;
}

const NOTHING: Understanding = { intents: new Set(), choices: {}, digits: null, by: null, silence: false, transferFailed: false };

/** Knows the phrases of a dialogue. */
export class Interpreter {
  private readonly intents: readonly { readonly name: string; readonly matchers: readonly PhraseMatcher[] }[];
  private readonly choices: readonly { readonly name: string; readonly value: string; readonly matchers: readonly PhraseMatcher[] }[];

  constructor(dialogue: Dialogue) {
    this.intents = Object.entries(dialogue.intents).map(([name, phrases]) => ({ name, matchers: phrases.map(phraseMatcher) }));
    this.choices = Object.entries(dialogue.choices).flatMap(([name, values]) =>
      Object.entries(values).map(([value, phrases]) => ({ name, value, matchers: phrases.map(phraseMatcher) })));
  }

  understand(input: TurnInput): Understanding {
    switch (input.type) {
      case 'speech': return this.understandSpeech(input.text);
      case 'sealed_digits': return { ...NOTHING, digits: '*'.repeat(input.length), by: 'keypad' };
      case 'digits': return { ...NOTHING, digits: input.digits, by: 'keypad' };
      case 'silence': return { ...NOTHING, silence: true };
      case 'transfer_failed': return { ...NOTHING, transferFailed: true };
    }
  }

  private understandSpeech(text: string): Understanding {
    const words = wordsOf(text);
    const named = (matchers: readonly PhraseMatcher[]): boolean => matchers.some((matches) => matches(words));
    const choices: Record<string, string> = {};
    for (const { name, value, matchers } of this.choices) if (!(name in choices) && named(matchers)) choices[name] = value;
    return {
      ...NOTHING, by: 'speech', digits: spokenDigits(text), choices,
      intents: new Set(this.intents.filter(({ matchers }) => named(matchers)).map(({ name }) => name)),
    };
  }
}
