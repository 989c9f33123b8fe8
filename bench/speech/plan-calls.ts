import type { Corpus, Sentence } from './corpus.js';
import type { SpeechOptions } from './options.js';
import type { Random } from './random.js';
import type { SpokenCall, SpokenSentence } from './spoken-call.js';

/** Turns of a call: the recogniser knows the line better with each. */
const SENTENCES_PER_CALL = 5;
const SEEDS = 2 ** 31;
/** Whose lines have to be right always: the voices of the examples' callers. */
const SCRIPTED_VOICES = ['rms', 'slt'];

export interface Plan {
  readonly corpora: readonly Corpus[];
  readonly options: SpeechOptions;
  readonly random: Random;
}

/** Sentences of every corpus by every voice in every condition, in calls of a few sentences in random order. */
export function plannedCalls(plan: Plan): readonly SpokenCall[] {
  const { options, random } = plan;
  return plan.corpora.flatMap((corpus) => options.voices.flatMap((voice) => options.conditions.flatMap((condition) => {
    const foreign = corpus.foreign.map((spoken) => ({ spoken, words: '' }));
    const said = random.shuffled([...random.shuffled(corpus.sentences).slice(0, options.sentences), ...random.shuffled(foreign).slice(0, options.sentences)]);
    return callsOf(plan, { purpose: 'corpus', corpus, voice, condition }, said);
  })));
}

/** The lines of examples/calls again and again, each time otherwise placed. */
export function scriptedCalls(plan: Plan): readonly SpokenCall[] {
  const { options, random } = plan;
  return plan.corpora.flatMap((corpus) => SCRIPTED_VOICES.filter((voice) => options.voices.includes(voice)).flatMap((voice) =>
    Array.from({ length: options.repeat }, () => callsOf(plan, { purpose: 'scripted', corpus, voice, condition: 'clean' }, random.shuffled(scriptedOf(corpus)))).flat()));
}

function scriptedOf({ scripted }: Corpus): readonly Sentence[] {
  return scripted.map((words) => ({ spoken: words, words }));
}

type Speaker = Pick<SpokenCall, 'purpose' | 'voice' | 'condition'> & { readonly corpus: Corpus };

function callsOf({ random }: Plan, { corpus, ...speaker }: Speaker, said: readonly Sentence[]): readonly SpokenCall[] {
  const calls: SpokenCall[] = [];
  for (let at = 0; at < said.length; at += SENTENCES_PER_CALL) {
    const sentences: readonly SpokenSentence[] = said.slice(at, at + SENTENCES_PER_CALL);
    calls.push({ ...speaker, corpus: corpus.name, grammar: corpus.grammar, sentences, seed: random.below(SEEDS) });
  }
  return calls;
}
