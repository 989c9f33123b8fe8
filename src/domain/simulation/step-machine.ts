import type { Span } from './audio-timeline.js';
import { type CallScript, isCallerStep, type Step, stepName } from './script.js';
import { type StepOutcome, judgeStep } from './step-conditions.js';

/** What is known of the call at one instant. Built anew for each poll, from the audio of both directions. */
export interface Seen {
  readonly atMs: number;
  /** The call is over, whoever ended it. */
  readonly ended: boolean;
  /** Voices of the far end since the answer, oldest first; the last may go on. */
  readonly agent: readonly Span[];
  /** How far what the current step asked for has come; null until the first of it was sent. */
  readonly act: ActProgress | null;
}

export interface ActProgress {
  readonly stepIndex: number;
  readonly startMs: number;
  /** End of the voice or the last key as sent; null while it goes on. */
  readonly endMs: number | null;
}

/** What the machine asks of the one who runs it. */
export type StepEffect =
  | { readonly type: 'act'; readonly stepIndex: number }
  | { readonly type: 'hang-up' }
  | { readonly type: 'fault'; readonly stepIndex: number; readonly message: string }
  /** From here to there on the clock the agent must have said what the step wants. */
  | { readonly type: 'check'; readonly stepIndex: number; readonly fromMs: number; readonly toMs: number }
  | { readonly type: 'step'; readonly stepIndex: number };

/** Where a script stands. Begin with `beginScript`, at the answer. */
export interface ScriptState {
  readonly stepIndex: number;
  readonly enteredAtMs: number;
  /** The act of this step was asked for. */
  readonly begun: boolean;
  /** Agent voices that began after this are news: beginning of the caller's last act, or end of what was waited for since. */
  readonly sinceMs: number;
  /** End of the caller's last act, or the answer. */
  readonly actEndMs: number;
  /** Beginning of the stretch that a check looks at. */
  readonly checkFromMs: number;
  readonly hangingUp: boolean;
}

export interface Advance {
  readonly state: ScriptState;
  readonly effects: readonly StepEffect[];
}

/** The answer reaches us by a longer way than the agent's first words: what it began to say within this before counts as said after. */
export const ANSWER_TOLD_LATE_MS = 1000;

export function beginScript(answeredAtMs: number): ScriptState {
  const sinceMs = answeredAtMs - ANSWER_TOLD_LATE_MS;
  return { stepIndex: 0, enteredAtMs: answeredAtMs, begun: false, sinceMs, actEndMs: answeredAtMs, checkFromMs: sinceMs, hangingUp: false };
}

/**
 * Moves the script as far as what is seen allows. Pure; call it whenever something may have changed. After the last step
 * the caller hangs up. A step that cannot come true any more is a fault and ends the script there, with a hang-up.
 */
export function advance(script: CallScript, state: ScriptState, seen: Seen): Advance {
  const walk: Walk = { script, seen, effects: [] };
  let at = state;
  while (!at.hangingUp) {
    const step = script.steps[at.stepIndex];
    if (step === undefined) {
      at = hangUp(walk, at);
      break;
    }
    const outcome = judgeStep(step, at, seen);
    if (outcome.kind === 'wait') break;
    if (outcome.kind === 'act') {
      at = begin(walk, at, outcome.fault);
      break;
    }
    at = leave(walk, at, step, outcome);
  }
  return { state: at, effects: walk.effects };
}

interface Walk {
  readonly script: CallScript;
  readonly seen: Seen;
  readonly effects: StepEffect[];
}

function begin(walk: Walk, at: ScriptState, fault: string | null): ScriptState {
  if (fault !== null) report(walk, at, fault);
  walk.effects.push({ type: 'act', stepIndex: at.stepIndex });
  return { ...at, begun: true };
}

function leave(walk: Walk, at: ScriptState, step: Step, outcome: Extract<StepOutcome, { kind: 'done' | 'fault' }>): ScriptState {
  if (outcome.kind === 'fault') {
    report(walk, at, outcome.message);
    return hangUp(walk, at);
  }
  const { stepIndex } = at;
  if (step.kind === 'expect-agent') walk.effects.push({ type: 'check', stepIndex, fromMs: at.checkFromMs, toMs: walk.seen.atMs });
  walk.effects.push({ type: 'step', stepIndex });
  const next = { ...at, ...outcome.change, ...(isCallerStep(step) ? actDone(walk.seen) : {}), stepIndex: stepIndex + 1, enteredAtMs: walk.seen.atMs, begun: false };
  return step.kind === 'hang-up' ? hangUp(walk, next) : next;
}

function report(walk: Walk, at: ScriptState, message: string): void {
  walk.effects.push({ type: 'fault', stepIndex: at.stepIndex, message: `${stepName(walk.script, at.stepIndex)}: ${message}` });
}

function hangUp(walk: Walk, at: ScriptState): ScriptState {
  if (!walk.seen.ended) walk.effects.push({ type: 'hang-up' });
  return { ...at, hangingUp: true };
}

function actDone(seen: Seen): Partial<ScriptState> {
  if (seen.act === null) return {};
  const { startMs, endMs } = seen.act;
  return { sinceMs: startMs, checkFromMs: startMs, actEndMs: endMs ?? seen.atMs };
}
