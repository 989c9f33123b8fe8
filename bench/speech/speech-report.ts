import type { Machine } from '../../test/support/load/machine-load.js';
import type { DecoderBytes } from './decoder-bytes.js';
import type { SynthesisFigures } from './render-corpus.js';
import type { SpeakingFigures } from './speak-calls.js';
import type { Hearing } from './spoken-call.js';
import { wordErrors, wordsOf } from './word-errors.js';

/** The gateway's default: words with less confidence are not reported. */
const CONFIDENCE_MIN = 0.5;
const CONFIDENCE_STEPS = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

export interface Errors {
  readonly said: number;
  /** Other words than were said, or none. */
  readonly wrong: number;
  /** Of these, nothing: the right or other words had too little confidence. */
  readonly rejected: number;
  /** Words said, and words to put in, take out or change to come from what was reported to what was said. */
  readonly words: number;
  readonly wordErrors: number;
}

export interface ErrorRow extends Errors {
  readonly condition: string;
  readonly group: string;
}

/** What `npm run bench -- speech` found out; the form of its JSON. */
export interface SpeechReport {
  readonly bench: 'speech';
  readonly at: string;
  readonly machine: Machine;
  /** Load average of the last minute, before and after. */
  readonly loads: readonly [number, number];
  readonly errors: readonly ErrorRow[];
  /** First sentence of a call and later ones, clean. */
  readonly firstOfCall: Errors;
  readonly laterInCall: Errors;
  readonly scripted: Errors & { readonly mistakes: readonly string[] };
  /** Foreign sentences taken for words of the grammar, by condition. */
  readonly falseAccepts: readonly { readonly condition: string; readonly said: number; readonly accepted: number }[];
  /** Share of finals with at least so much confidence: words right, words wrong, foreign sentences. */
  readonly confidence: readonly { readonly min: number; readonly right: number; readonly wrong: number; readonly foreign: number }[];
  /** CPU by time of audio. */
  readonly cpuTimesRealTime: number;
  readonly alone: SpeakingFigures;
  readonly together: SpeakingFigures;
  readonly decoderBytes: readonly DecoderBytes[];
  readonly synthesis: SynthesisFigures;
  /** Mean cepstrum of clean telephone speech, as the recogniser begins with. */
  readonly telephoneMean: readonly number[];
  readonly verdict: { readonly ok: boolean; readonly faults: readonly string[] };
}

export interface Findings extends Pick<SpeechReport, 'machine' | 'loads' | 'decoderBytes' | 'cpuTimesRealTime' | 'alone' | 'together' | 'synthesis' | 'telephoneMean'> {
  readonly hearings: readonly Hearing[];
}

export function speechReport(findings: Findings): SpeechReport {
  const { hearings: all, ...figures } = findings;
  const scriptedHearings = all.filter(({ purpose }) => purpose === 'scripted');
  const hearings = all.filter(({ purpose }) => purpose === 'corpus');
  const known = hearings.filter(({ wanted }) => wanted !== '');
  const foreign = hearings.filter(({ wanted }) => wanted === '');
  const conditions = [...new Set(hearings.map(({ condition }) => condition))];
  const clean = known.filter(({ condition }) => condition === 'clean');
  const scripted = { ...errorsOf(scriptedHearings), mistakes: scriptedHearings.filter((hearing) => !right(hearing)).map(mistake) };
  const faults = [
    ...(scripted.wrong > 0 ? [`${scripted.wrong} of ${scripted.said} lines of examples/calls were not understood`] : []),
  ];
  return {
    bench: 'speech', at: new Date().toISOString(), ...figures,
    errors: conditions.flatMap((condition) => rowsOf(condition, known.filter((hearing) => hearing.condition === condition))),
    firstOfCall: errorsOf(clean.filter(({ first }) => first)), laterInCall: errorsOf(clean.filter(({ first }) => !first)),
    scripted,
    falseAccepts: conditions.map((condition) => {
      const said = foreign.filter((hearing) => hearing.condition === condition);
      return { condition, said: said.length, accepted: said.filter((hearing) => reported(hearing) !== '').length };
    }),
    confidence: CONFIDENCE_STEPS.map((min) => ({
      min, right: shareAbove(min, known.filter(({ heard, wanted }) => heard === wanted)),
      wrong: shareAbove(min, known.filter(({ heard, wanted }) => heard !== wanted)), foreign: shareAbove(min, foreign),
    })),
    verdict: { ok: faults.length === 0, faults },
  };
}

function rowsOf(condition: string, hearings: readonly Hearing[]): readonly ErrorRow[] {
  const rows = (of: (hearing: Hearing) => string): readonly ErrorRow[] =>
    [...new Set(hearings.map(of))].map((group) => ({ condition, group, ...errorsOf(hearings.filter((hearing) => of(hearing) === group)) }));
  return [...rows(() => 'all'), ...rows(({ voice }) => voice), ...rows(({ corpus }) => corpus)];
}

function errorsOf(hearings: readonly Hearing[]): Errors {
  const wrong = hearings.filter((hearing) => !right(hearing));
  return {
    said: hearings.length, wrong: wrong.length, rejected: wrong.filter((hearing) => reported(hearing) === '').length,
    words: hearings.reduce((sum, { wanted }) => sum + wordsOf(wanted).length, 0), wordErrors: hearings.reduce((sum, hearing) => sum + wordErrors(wordsOf(hearing.wanted), wordsOf(reported(hearing))), 0),
  };
}

function right(hearing: Hearing): boolean {
  return reported(hearing) === hearing.wanted;
}

/** What the gateway would be told. */
function reported({ heard, confidence }: Hearing): string {
  return (confidence ?? 0) < CONFIDENCE_MIN ? '' : heard;
}

function shareAbove(min: number, hearings: readonly Hearing[]): number {
  return hearings.length === 0 ? 0 : hearings.filter(({ heard, confidence }) => heard !== '' && (confidence ?? 0) >= min).length / hearings.length;
}

function mistake({ voice, wanted, heard, confidence }: Hearing): string {
  return `${voice}: “${wanted}” heard as “${heard}” (${confidence ?? 0})`;
}
