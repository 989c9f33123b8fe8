import { resolve } from 'node:path';
import { type ExpectedHearing, type Line, SCRIPT_DEFAULTS, type StepAct, type Wanted } from '../../domain/simulation/script.js';
import type { StepName, StepSettings } from './script-schema.js';
import type { ScriptText } from './script-text.js';

/** Where a step stands, and the directory its files count from. */
export interface StepPlace {
  readonly index: number;
  readonly directory: string;
}

type SettingsOf<Name extends StepName> = Extract<StepSettings, { name: Name }>['value'];
type Reader<Name extends StepName> = (value: SettingsOf<Name>, text: ScriptText, place: StepPlace) => StepAct | null;

const READERS: { readonly [Name in StepName]: Reader<Name> } = {
  say: ({ say, voice, heard }) => ({ kind: 'say', line: { kind: 'text', text: say, voice: voice ?? null }, heard: hearingOf(heard, true) }),
  wav: ({ wav, text: words, heard }, _, place) => ({ kind: 'say', line: wavLine(wav, words, place), heard: hearingOf(heard, words !== undefined) }),
  dtmf: ({ dtmf, gap_ms: gapMs }) => ({ kind: 'press', digits: dtmf, gapMs }),
  wait_agent: ({ wait_agent: wait }) => ({
    kind: 'wait-agent', quietMs: wait?.quiet_ms ?? SCRIPT_DEFAULTS.quietMs, deadlineMs: wait?.deadline_ms ?? SCRIPT_DEFAULTS.agentDeadlineMs,
    speechMsMax: wait?.speech_ms_max ?? SCRIPT_DEFAULTS.agentSpeechMsMax,
  }),
  silence: ({ silence }) => ({ kind: 'silence', durationMs: silence }),
  hangup: () => ({ kind: 'hang-up' }),
  wait_end: ({ wait_end: wait }) => ({ kind: 'wait-end', deadlineMs: wait?.deadline_ms ?? SCRIPT_DEFAULTS.endDeadlineMs }),
  expect_agent: (value, text, place) => expectationOf(text, value, place),
  interrupt_after_ms: (value, text, place) => interruptionOf(text, value, place),
};

/** What a step does; null with its faults written down. */
export function stepActOf(settings: StepSettings, text: ScriptText, place: StepPlace): StepAct | null {
  const read = READERS[settings.name] as Reader<StepName>;
  return read(settings.value, text, place);
}

function interruptionOf(text: ScriptText, value: SettingsOf<'interrupt_after_ms'>, place: StepPlace): StepAct | null {
  const { say, wav } = value;
  const line: Line | null = say === undefined ? wav === undefined ? null : wavLine(wav, value.text, place) : { kind: 'text', text: say, voice: value.voice ?? null };
  if (line === null || (say !== undefined && wav !== undefined)) {
    text.fault(['steps', place.index], `steps[${place.index}] must say something: one of say or wav`, 'add say: … with what the caller says into the agent’s words');
    return null;
  }
  return { kind: 'interrupt', afterMs: value.interrupt_after_ms, deadlineMs: value.deadline_ms, line, heard: hearingOf(value.heard, line.text !== null) };
}

function expectationOf(text: ScriptText, { expect_agent: { text: words, matches, via } }: SettingsOf<'expect_agent'>, { index }: StepPlace): StepAct | null {
  const path = ['steps', index, 'expect_agent'];
  if ((words === undefined) === (matches === undefined)) {
    text.fault(path, `steps[${index}].expect_agent must have either text or matches`, 'text: the words to hear; matches: a regular expression');
    return null;
  }
  if (matches !== undefined && !isPattern(matches)) {
    text.fault([...path, 'matches'], `steps[${index}].expect_agent.matches is not a regular expression`, 'mind brackets and backslashes; single quotes keep backslashes');
    return null;
  }
  if (words !== undefined && via !== 'events' && /[0-9]/u.test(words)) {
    text.fault([...path, 'text'], `steps[${index}].expect_agent.text has figures, and a recogniser writes words`, 'write numbers as they are spoken: "four two one"');
    return null;
  }
  const wanted: Wanted = words === undefined ? { kind: 'pattern', pattern: matches ?? '' } : { kind: 'text', text: words };
  return { kind: 'expect-agent', wanted, via };
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'iu');
    return true;
  } catch {
    return false; // told by the caller of this, with its place
  }
}

function wavLine(wav: string, text: string | undefined, { directory }: StepPlace): Line {
  return { kind: 'wav', file: resolve(directory, wav), text: text ?? null };
}

function hearingOf(heard: string | undefined, known: boolean): ExpectedHearing {
  if (heard === '*' || (heard === undefined && !known)) return { kind: 'any' };
  return heard === undefined ? { kind: 'as-said' } : { kind: 'text', text: heard };
}
