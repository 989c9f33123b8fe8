import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { DialogueError, parseDialogue } from '../../../examples/reference-orchestrator/scripted/dialogue-file.js';

const GOOD = `agent: { id: a, name: A, language: en-US }
start: main
intents:
  hello: [hello]
tables:
  people:
    - { id: "1", name: Maria }
choices:
  day: { Friday: [friday] }
states:
  main:
    rules:
      - { intent: hello, say: Hello., go: main }
not_understood: [Sorry?]
give_up: { say: Goodbye., do: hangup }
`;

function faultsOf(yaml: string): readonly string[] {
  try {
    parseDialogue(yaml, 'x.yaml');
  } catch (error) {
    if (error instanceof DialogueError) return error.faults;
    throw error;
  }
  return [];
}

/** The good dialogue with its rule replaced. The rule is on line 13. */
const withRule = (rule: string): string => GOOD.replace('{ intent: hello, say: Hello., go: main }', rule);

describe('parseDialogue', () => {
  it('reads a good dialogue', () => {
    expect(faultsOf(GOOD)).to.deep.equal([]);
  });

  for (const file of readdirSync('examples/dialogues')) {
    it(`reads the shipped dialogue ${file}`, () => {
      expect(parseDialogue(readFileSync(`examples/dialogues/${file}`, 'utf8'), file).agent.id).to.equal(file.replace('.yaml', ''));
    });
  }

  const bad: readonly (readonly [what: string, yaml: string, fault: RegExp])[] = [
    ['broken YAML', GOOD.replace('start: main', 'start: [main'), /^x\.yaml:3:1: /u],
    ['a key twice', `${GOOD}start: main\n`, /^x\.yaml:16:1: .*unique/iu],
    ['a missing key', GOOD.replace('start: main\n', ''), /^x\.yaml:1:1: start: /u],
    ['a key that does not exist', withRule('{ intent: hello, says: Hi }'), /^x\.yaml:13:9: states\.main\.rules\.0: .*says/u],
    ['an unknown state to start', GOOD.replace('start: main', 'start: mein'), /^x\.yaml:2:8: start: there is no state called "mein" \(there are: main\)/u],
    ['an unknown state to go to', withRule('{ intent: hello, go: away }'), /^x\.yaml:13:30: states\.main\.rules\.0\.go: there is no state called "away"/u],
    ['an unknown intent', withRule('{ intent: helo, say: Hi }'), /^x\.yaml:13:19: states\.main\.rules\.0\.intent: there is no intent called "helo" \(there are: hello\)/u],
    ['an unknown choice', withRule('{ choice: month, say: Hi }'), /no choice called "month"/u],
    ['an unknown choice to take', withRule('{ intent: hello, take: month }'), /\.take: there is no choice called "month"/u],
    ['an unknown table', withRule('{ digits: 1, find: { table: pets, where: { id: "{digits}" }, as: who } }'), /no table called "pets"/u],
    ['an unknown column', withRule('{ digits: 1, find: { table: people, where: { key: "{digits}" }, as: who } }'), /no column "key"/u],
    ['a column that no row has', withRule('{ digits: 1, find: { table: people, where: { id: "{digits}" }, as: who }, say: "{who.age}" }'), /no column "age"/u],
    ['a slot that nothing fills', withRule('{ intent: hello, say: "Hello {nobody}" }'), /^x\.yaml:13:\d+: states\.main\.rules\.0\.say: nothing ever fills the slot "nobody"/u],
    ['columns of a text', withRule('{ choice: day, say: "{day.name}" }'), /is a text and has no columns/u],
    ['a brace that is no place', withRule('{ intent: hello, say: "Hello {Name}" }'), /a \{ or \} that is not/u],
    ['a number without quotes', GOOD.replace('"1"', '1'), /tables\.people\.0\.id: must be a text \(put numbers in quotes\)/u],
    ['rows of different columns', GOOD.replace('Maria }', 'Maria }\n    - { id: "2" }'), /^x\.yaml:8:7: tables\.people\.1: has other columns/u],
    ['an action that does not exist', withRule('{ intent: hello, do: reboot }'), /must be hangup, end, \{escalate/u],
    ['a target that is no extension', withRule('{ intent: hello, do: { transfer: { extension: "1;rm" } } }'), /must be hangup, end/u],
  ];
  for (const [what, yaml, fault] of bad) {
    it(`names file, line and column of ${what}`, () => {
      expect(faultsOf(yaml).join('\n')).to.match(fault);
    });
  }

  it('names all faults at once', () => {
    expect(faultsOf(withRule('{ intent: helo, say: "{nobody}", go: away }'))).to.have.length(3);
  });
});
