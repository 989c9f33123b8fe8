import { parseArgs } from 'node:util';
import { CONDITIONS, type Condition } from './conditions.js';

export const VOICES = ['rms', 'slt', 'awb', 'kal16'] as const;

export interface SpeechOptions {
  /** Of each corpus and voice at most so many, the scripted ones first. */
  readonly sentences: number;
  readonly voices: readonly string[];
  readonly conditions: readonly Condition[];
  /** How often each line of examples/calls is said. */
  readonly repeat: number;
  /** How much faster than people audio is written, four calls at a time. */
  readonly pace: number;
  readonly seed: number;
  readonly jsonFile: string | undefined;
}

export const USAGE = `npm run bench -- speech [options]
  --sentences N    of each corpus and voice at most (all)
  --voices A,B     synthetic callers (${VOICES.join(',')})
  --conditions A,B of the line (${CONDITIONS.join(',')})
  --repeat N       how often each line of examples/calls is said (5)
  --pace N         times the speed of speech; lower it when audio is dropped (3)
  --seed N         of drawn sentences, noise and silence (1)
  --json FILE      also write the figures there
`;

const SENTENCES_MAX = 1000;
const SEED_MAX = 2 ** 31 - 1;
const REPEAT_MAX = 100;
const PACE_MAX = 20;

/** @throws Error whose message is for the user. */
export function speechOptions(args: readonly string[]): SpeechOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sentences: { type: 'string', default: String(SENTENCES_MAX) },
      voices: { type: 'string', default: VOICES.join(',') },
      conditions: { type: 'string', default: CONDITIONS.join(',') },
      repeat: { type: 'string', default: '5' },
      pace: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  return {
    sentences: wholeNumber('--sentences', values.sentences, 1, SENTENCES_MAX),
    voices: chosen('--voices', values.voices, VOICES),
    conditions: chosen('--conditions', values.conditions, CONDITIONS),
    repeat: wholeNumber('--repeat', values.repeat, 1, REPEAT_MAX),
    pace: wholeNumber('--pace', values.pace, 1, PACE_MAX),
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
