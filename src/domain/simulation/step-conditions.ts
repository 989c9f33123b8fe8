import { unreachable } from '../shared/assert.js';
import type { Span } from './audio-timeline.js';
import type { Step } from './script.js';

/** What of the machine's state and sight the conditions look at. */
interface Standing {
  readonly stepIndex: number;
  readonly enteredAtMs: number;
  readonly begun: boolean;
  readonly sinceMs: number;
  readonly actEndMs: number;
}
interface Sight {
  readonly atMs: number;
  readonly ended: boolean;
  readonly agent: readonly Span[];
  readonly act: { readonly stepIndex: number; readonly startMs: number; readonly endMs: number | null } | null;
}

/** What becomes of a step now. `act`: the caller makes himself heard, `fault` says what about it is not as scripted. */
export type StepOutcome =
  | { readonly kind: 'wait' }
  | { readonly kind: 'act'; readonly fault: string | null }
  | { readonly kind: 'done'; readonly change: { readonly sinceMs?: number; readonly checkFromMs?: number } }
  | { readonly kind: 'fault'; readonly message: string };

type On<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** An agent who began while the caller spoke has answered if it goes on so much longer than the caller. */
const TALK_OVER_MS = 300;
/** A voice that paused for less than this may still go on. */
const PAUSE_MS = 400;
const WAIT: StepOutcome = { kind: 'wait' };
const DONE: StepOutcome = { kind: 'done', change: {} };

export function judgeStep(step: Step, at: Standing, seen: Sight): StepOutcome {
  switch (step.kind) {
    case 'wait-agent': return waitAgent(step, at, seen);
    case 'say':
    case 'press': return act(at, seen);
    case 'interrupt': return at.begun ? act(at, seen) : waitToInterrupt(step, at, seen);
    case 'silence': return seen.ended || seen.atMs - at.enteredAtMs >= step.durationMs ? DONE : WAIT;
    case 'hang-up':
    case 'expect-agent': return DONE;
    case 'wait-end': return waitEnd(step, at, seen);
    default: return unreachable(step);
  }
}

/** The first voice of the agent that answers the caller's last act, or that came after what was last waited for. */
export function answerSince(agent: readonly Span[], sinceMs: number, actEndMs: number): Span | null {
  return agent.find((voice) => voice.startMs >= sinceMs && (voice.startMs >= actEndMs || voice.endMs >= actEndMs + TALK_OVER_MS)) ?? null;
}

function waitAgent(step: On<'wait-agent'>, at: Standing, seen: Sight): StepOutcome {
  const answer = answerSince(seen.agent, at.sinceMs, at.actEndMs);
  const last = seen.agent.at(-1);
  if (answer !== null && last !== undefined && (seen.ended || seen.atMs - last.endMs >= step.quietMs)) {
    return { kind: 'done', change: { sinceMs: last.endMs, checkFromMs: at.sinceMs } };
  }
  if (seen.ended) return { kind: 'fault', message: 'the call ended before the agent spoke' };
  if (answer === null) return seen.atMs - at.enteredAtMs < step.deadlineMs ? WAIT : { kind: 'fault', message: `the agent said nothing within ${step.deadlineMs} ms` };
  return seen.atMs - answer.startMs < step.speechMsMax ? WAIT : { kind: 'fault', message: `the agent was still speaking after ${step.speechMsMax} ms` };
}

function act(at: Standing, seen: Sight): StepOutcome {
  if (seen.ended) return { kind: 'fault', message: 'the call ended before the caller was done' };
  if (!at.begun) return { kind: 'act', fault: null };
  return seen.act?.stepIndex === at.stepIndex && seen.act.endMs !== null ? DONE : WAIT;
}

function waitToInterrupt(step: On<'interrupt'>, at: Standing, seen: Sight): StepOutcome {
  if (seen.ended) return { kind: 'fault', message: 'the call ended before the caller could interrupt' };
  const victim = answerSince(seen.agent, at.sinceMs, at.actEndMs);
  if (victim === null) {
    if (seen.atMs - at.enteredAtMs < step.deadlineMs) return WAIT;
    return { kind: 'fault', message: `the agent said nothing to interrupt within ${step.deadlineMs} ms` };
  }
  if (seen.atMs < victim.startMs + step.afterMs) return WAIT;
  const last = seen.agent.at(-1) ?? victim;
  const speaking = seen.atMs - last.endMs < PAUSE_MS;
  return { kind: 'act', fault: speaking ? null : `the agent had finished after ${Math.round(last.endMs - victim.startMs)} ms: nothing was left to interrupt` };
}

function waitEnd(step: On<'wait-end'>, at: Standing, seen: Sight): StepOutcome {
  if (seen.ended) return DONE;
  if (seen.atMs - at.enteredAtMs < step.deadlineMs) return WAIT;
  return { kind: 'fault', message: `the far end did not hang up within ${step.deadlineMs} ms` };
}
