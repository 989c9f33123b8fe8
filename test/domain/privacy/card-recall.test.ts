import { expect } from 'chai';
import { Random } from '../../../bench/speech/random.js';
import { type Shape, TUNED_SHAPES } from '../../support/privacy/card-stories.js';
import { CardMasker } from '../../../src/domain/privacy/card-masker.js';
import { agent, caller, type Outcome, type Story, play } from '../../support/privacy/conversation.js';
import { HARMLESS_SHAPES, harmlessStory } from '../../support/privacy/harmless-stories.js';
import { HOLD_OUT_SHAPES } from '../../support/privacy/hold-out-stories.js';
import { LATE_SHAPES } from '../../support/privacy/late-stories.js';

const SEED = 20_261_121;
const STORIES_A_SHAPE = 80;
const HARMLESS_A_SHAPE = 120;
const FALSE_MAX = 0.01;

/** `false` and `leaks` name the stories, so that a failure can be read. */
function stories(shapes: Readonly<Record<string, Shape>>): readonly Story[] {
  return Object.entries(shapes).flatMap(([shape, make]) => {
    const random = new Random(SEED);
    return Array.from({ length: STORIES_A_SHAPE }, () => ({ shape, ...make(random) }));
  });
}

const tale = ({ shape, lines, secrets }: Story, { told, leak }: Outcome): string =>
  [`${shape}: ${secrets.join(', ')}`, ...lines.map(({ speaker, text }) => `${speaker}: ${text}`), ...told.map(({ text }) => `=> ${text}`), leak ?? ''].join('\n  ');

describe('CardMasker on generated conversations', () => {
  const tookMs: number[] = [];

  for (const [name, shapes] of Object.entries({ 'tuned on': TUNED_SHAPES, 'held out': HOLD_OUT_SHAPES, 'held out, second set': LATE_SHAPES })) {
    it(`hides every card number in the shapes ${name}`, () => {
      const all = stories(shapes);
      const leaks = all.flatMap((story) => {
        const outcome = play(story);
        tookMs.push(...outcome.tookMs);
        return outcome.leak === null ? [] : [tale(story, outcome)];
      });
      tell(`recall (${name}): ${all.length - leaks.length} of ${all.length}, ${Object.keys(shapes).length} shapes`);
      expect(leaks).to.deep.equal([]);
    });
  }

  it('hides next to nothing that is no card', () => {
    const all = Object.keys(HARMLESS_SHAPES).flatMap((shape) => {
      const random = new Random(SEED);
      return Array.from({ length: HARMLESS_A_SHAPE }, () => harmlessStory(shape, random));
    });
    const wrong = all.filter((story) => play(story).told.some(({ text, original }) => text !== original));
    const byShape = [...new Set(wrong.map(({ shape }) => shape))].map((shape) => `${shape} ${wrong.filter((story) => story.shape === shape).length}`);
    tell(`false: ${wrong.length} of ${all.length} (${((100 * wrong.length) / all.length).toFixed(2)} %)${byShape.length === 0 ? '' : `: ${byShape.join(', ')}`}`);
    expect(all.length).to.be.at.least(2000);
    expect(wrong.length).to.be.at.most(all.length * FALSE_MAX);
  });

  it('tells all of it in the end where finals are held back, as the events of a call do', () => {
    const goodbye = [agent('Thank you.'), caller('thank you, goodbye'), agent('Goodbye.')];
    const all = Object.keys(HARMLESS_SHAPES).flatMap((shape) => {
      const random = new Random(SEED);
      return Array.from({ length: HARMLESS_A_SHAPE }, () => harmlessStory(shape, random));
    });
    const wrong = all.filter((story) => play({ ...story, lines: [...story.lines, ...goodbye] }, new CardMasker(story.languages ?? [], { holdBeginnings: true }))
      .told.some(({ text, original }) => text !== original));
    tell(`false, held back first: ${wrong.length} of ${all.length} (${((100 * wrong.length) / all.length).toFixed(2)} %)`);
    expect(wrong.length).to.be.at.most(all.length * FALSE_MAX);
  });

  after(() => {
    const sorted = [...tookMs].sort((one, other) => one - other);
    const at = (share: number): string => `${(1000 * (sorted[Math.floor(share * (sorted.length - 1))] ?? 0)).toFixed(0)} µs`;
    tell(`cost of an utterance: median ${at(0.5)}, p95 ${at(0.95)} (${sorted.length} utterances)`);
  });
});

/** The figures are part of what this test is for. */
function tell(line: string): void {
  process.stdout.write(`      ${line}\n`);
}
