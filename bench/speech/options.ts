import { parseArgs } from 'node:util';
import { CONDITIONS, type Condition } from './conditions.js';

export const VOICES = ['rms', 'slt', 'awb', 'kal16'] as const;

export interface SpeechOptions {
  /** Of each corpus, voice and condition so many, drawn anew for each; as many foreign ones. */
  readonly sentences: number;
  readonly voices: readonly string[];
  readonly conditions: readonly Condition[];
  /** How often each line of examples/calls is said. */
  readonly repeat: number;
  /** Callers who speak at one time, once. */
  readonly calls: number;
  /** Recogniser threads, for these. */
  readonly threads: number;
  /** Calls, one at a time, whose final latency is measured. */
  readonly latencyCalls: number;
  readonly seed: number;
  readonly jsonFile: string | undefined;
}

export const USAGE = `npm run bench -- speech [options]
  --full           everything: all sentences, examples five times; a quarter of an hour and more instead of four minutes
  --sentences N    of each corpus, voice and condition (8)
  --voices A,B     synthetic callers (${VOICES.join(',')})
  --conditions A,B of the line (${CONDITIONS.join(',')})
  --repeat N       how often each line of examples/calls is said (2)
  --calls N        callers who then speak at one time, at the pace of speech (20)
  --threads N      of the recogniser for these (1, as the gateway)
  --seed N         of drawn sentences, noise and silence (1)
  --json FILE      also write the figures there
`;

const SENTENCES_MAX = 1000;
const SEED_MAX = 2 ** 31 - 1;
const REPEAT_MAX = 100;
const CALLS_MAX = 64;
const THREADS_MAX = 64;
const QUICK = { sentences: '8', repeat: '2', latencyCalls: 3 } as const;
const FULL = { sentences: String(SENTENCES_MAX), repeat: '5', latencyCalls: 12 } as const;

/** @throws Error whose message is for the user. */
export function speechOptions(args: readonly string[]): SpeechOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: 'boolean', default: false },
      sentences: { type: 'string' },
      voices: { type: 'string', default: VOICES.join(',') },
      conditions: { type: 'string', default: CONDITIONS.join(',') },
      repeat: { type: 'string' },
      calls: { type: 'string', default: '20' },
      threads: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const plan = values.full ? FULL : QUICK;
  return {
    latencyCalls: plan.latencyCalls,
    sentences: wholeNumber('--sentences', values.sentences ?? plan.sentences, 1, SENTENCES_MAX),
    voices: chosen('--voices', values.voices, VOICES),
    conditions: chosen('--conditions', values.conditions, CONDITIONS),
    repeat: wholeNumber('--repeat', values.repeat ?? plan.repeat, 1, REPEAT_MAX),
    threads: wholeNumber('--threads', values.threads, 1, THREADS_MAX),
    calls: wholeNumber('--calls', values.calls, 1, CALLS_MAX),
    seed: wholeNumber('--seed', values.seed, 0, SEED_MAX),
    jsonFile: values.json,
  };
}

function chosen<T extends string>(option: string, text: string, known: readonly T[]): readonly T[] {
  return text.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined) throw new Error(`${option} takes ${known.join(', ')}, not ${name}`);
    return found;
  });
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new Error(`${option} takes a whole number from ${min} to ${max}`);
  return value;
}
