import { assert } from '../shared/assert.js';

/** Words that change what a sentence means and that a recogniser must therefore really tell apart: each may be any other of its row. */
const TELLING_WORDS: readonly (readonly string[])[] = [
  ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
  ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'],
  ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
  ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'],
  ['today', 'tomorrow', 'yesterday', 'tonight'],
  ['morning', 'afternoon', 'evening'],
  ['can', 'cannot'],
  ['delivered', 'delayed', 'cancelled', 'returned', 'posted', 'lost'],
];

/** What some other agent might say: an audio that is none of the expected sentences has these to be taken for. */
const DECOYS: readonly string[] = [
  'please hold the line while i look that up for you',
  'i am sorry i did not understand that',
  'the office is closed at this time of the day',
  'would you like to hear the menu again',
  'your table has been booked for this evening',
  'there is no account with that number',
  'the weather will be cold with a little rain',
  'press the star key to return to the beginning',
  'thank you for your patience',
  'all our people are busy right now',
  'what else would you like to know',
  'the train leaves from another platform',
];

/** Short words of all sounds: what a name that is in no dictionary is heard as. */
const ANY_WORDS: readonly string[] = [
  'north', 'bank', 'no', 'or', 'and', 'the', 'a', 'but', 'thing', 'man', 'sun', 'he', 'she', 'go', 'at', 'in', 'on', 'to', 'by', 'very', 'we', 'where', 'all',
  'far', 'time', 'day', 'hand', 'water', 'people', 'look', 'house', 'boy', 'year', 'car', 'her', 'egg',
];

const SENTENCES_MAX = 200;

/**
 * A JSGF grammar for recognising one stretch of an agent's audio: any number of lines, each one of `sentences`, of `others`
 * or of built-in decoys; and in each the words that matter (days, numbers, outcomes) may be any word of their kind. So an
 * agent who says the right sentence with the wrong day is heard saying the wrong day, and one who says something else is
 * heard saying something else: the expectation can fail. In the place of words the recogniser
 * cannot know (`unknown`) any short words may be heard.
 */
export function expectationGrammar(sentences: readonly string[], others: readonly string[] = [], unknown: ReadonlySet<string> = new Set()): string {
  const lines = [...new Set([...sentences, ...others, ...DECOYS].flatMap(speakableLines))];
  assert(lines.length <= SENTENCES_MAX, `a grammar of more than ${SENTENCES_MAX} sentences`);
  const alternatives = lines.map((line) => line.split(' ').map((word) => (unknown.has(word) ? '<name>' : alternativesOf(word))).join(' '));
  return ['#JSGF V1.0;', 'grammar agent;', `<name> = (${ANY_WORDS.join(' | ')})+;`, `<line> = ${alternatives.join('\n  | ')};`, 'public <agent> = <line>+;', ''].join('\n');
}

/** A text as lines to speak in one breath: JSGF words only, so nothing in a text can change the grammar around it. */
function speakableLines(text: string): string[] {
  return text.split(/[.!?;:\n]+/u)
    .map((sentence) => sentence.normalize('NFKC').toLowerCase().replace(/[’`]/gu, "'").replace(/[^\p{L}\p{N}']+/gu, ' ').trim())
    .filter((sentence) => /\p{L}/u.test(sentence));
}

/** Words of a grammar made above. */
export function grammarWords(grammar: string): ReadonlySet<string> {
  return new Set((grammar.split('<line> = ')[1]?.split('public <agent>')[0] ?? '').replaceAll(/<[a-z]+>/gu, '').match(/[\p{L}\p{N}']+/gu));
}

function alternativesOf(word: string): string {
  const row = TELLING_WORDS.find((words) => words.includes(word));
  return row === undefined ? word : `(${row.join(' | ')})`;
}
