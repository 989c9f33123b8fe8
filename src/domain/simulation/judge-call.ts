import type { CallOutcome, Check } from './call-outcome.js';
import type { GatewayView } from './gateway-view.js';
import { type CallMeasures, percentile } from './measure-call.js';
import { type CallScript, type ExpectedHearing, type Step, stepName, type Wanted } from './script.js';
import { likeness, sameWords, spokenWords } from './spoken-words.js';
import { heardOf, saidIn } from './transcribe-call.js';

export interface Evidence {
  readonly script: CallScript;
  readonly outcome: CallOutcome;
  /** Null when the gateway's events were not at hand. */
  readonly view: GatewayView | null;
  readonly measures: CallMeasures;
}

/** So much of an expected text must be recognised in the agent's audio; the recogniser is small and the line is a telephone's. */
export const AUDIO_LIKENESS_MIN = 0.8;
const NO_EVENTS = 'needs the gateway’s events: none were seen (give --events DIR, the directory the gateway logs to)';

/** Everything that is not as the script expects, each as a sentence that says what was found. Empty: the call is well. */
export function judgeCall(evidence: Evidence): readonly string[] {
  const { script, outcome } = evidence;
  if (outcome.abandoned) return outcome.faults;
  return [
    ...outcome.faults,
    ...judgeAnswer(evidence),
    ...outcome.checks.flatMap((check) => judgeCheck(evidence, check)),
    ...judgeEnd(evidence),
    ...(outcome.answeredAtMs === null ? [] : judgeTimes(evidence)),
    ...(script.expect.heardExactly ? judgeHearing(evidence) : []),
  ];
}

function judgeAnswer({ script, outcome }: Evidence): string[] {
  const answered = outcome.answeredAtMs !== null;
  if (answered === script.expect.answered) return [];
  return [answered ? 'the call was answered and should not have been' : `the call was not answered (cause ${outcome.causeCode ?? 'unknown'})`];
}

function judgeCheck(evidence: Evidence, check: Check): string[] {
  const step = evidence.script.steps[check.stepIndex];
  if (step?.kind !== 'expect-agent') return [];
  const name = stepName(evidence.script, check.stepIndex);
  const failures: string[] = [];
  if (step.via !== 'audio') failures.push(...judgeSaid(evidence, check, step.wanted));
  if (step.via !== 'events') failures.push(...judgeAudio(evidence, check, step.wanted));
  return failures.map((failure) => `${name}: ${failure}`);
}

function judgeSaid({ view }: Evidence, check: Check, wanted: Wanted): string[] {
  if (view === null || view.callId === null) return [NO_EVENTS];
  const said = view.turns.filter((turn) => turn.startMs >= check.fromMs && turn.startMs <= check.toMs).map((turn) => turn.said).join(' ');
  return satisfies(wanted, said, 1) ? [] : [`the agent should have said ${show(wanted)}, the gateway says it said "${said}"`];
}

function judgeAudio({ outcome }: Evidence, check: Check, wanted: Wanted): string[] {
  const hearings = outcome.hearings.filter((hearing) => hearing.startMs < check.toMs && hearing.endMs > check.fromMs);
  const failure = hearings.find((hearing) => hearing.failure !== null)?.failure;
  if (failure !== undefined && failure !== null) return [`the agent’s audio could not be recognised: ${failure}`];
  const heard = hearings.map((hearing) => hearing.text).join(' ');
  const unknown = new Set(hearings.flatMap((hearing) => [...hearing.unknownWords]));
  return satisfies(audible(wanted, unknown), heard, AUDIO_LIKENESS_MIN) ? [] : [`the agent should have said ${show(wanted)}, in its audio was recognised "${heard}"`];
}

/** What of a text a recogniser can hear; all of it, if it can hear nothing of it, so that the check fails. */
function audible(wanted: Wanted, unknown: ReadonlySet<string>): Wanted {
  if (wanted.kind === 'pattern') return wanted;
  const text = spokenWords(wanted.text).filter((word) => !unknown.has(word)).join(' ');
  return text === '' ? wanted : { kind: 'text', text };
}

export function satisfies(wanted: Wanted, text: string, likenessMin: number): boolean {
  return wanted.kind === 'pattern' ? new RegExp(wanted.pattern, 'iu').test(text) : likeness(wanted.text, text) >= likenessMin;
}

function show(wanted: Wanted): string {
  return wanted.kind === 'pattern' ? `something like /${wanted.pattern}/` : `"${wanted.text}"`;
}

function judgeEnd({ script, outcome, view }: Evidence): string[] {
  const { endReason, transfers, causeCode } = script.expect;
  const failures: string[] = [];
  if (causeCode !== null && outcome.causeCode !== causeCode) failures.push(`the call ended with cause ${outcome.causeCode ?? 'unknown'}, expected ${causeCode}`);
  if (endReason === null && transfers === null) return failures;
  if (view === null || view.callId === null) return [...failures, `end_reason or transfers: ${NO_EVENTS}`];
  return [...failures, ...judgeEndReason(endReason, view), ...judgeTransfers(transfers, view)];
}

function judgeEndReason(expected: string | null, view: GatewayView): string[] {
  if (expected === null || view.endReason === expected) return [];
  const errors = view.errors.length > 0 ? ` (errors on the way: ${view.errors.join(', ')})` : '';
  return [`the call ended as ${view.endReason ?? 'nobody knows (no call.ended was seen)'}, expected ${expected}${errors}`];
}

function judgeTransfers(expected: readonly string[] | null, view: GatewayView): string[] {
  if (expected === null || view.transfers.join() === expected.join()) return [];
  return [`transferred to ${list(view.transfers)}, expected ${list(expected)}`];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', then ');
}

function judgeTimes({ script, measures }: Evidence): string[] {
  const { expect } = script;
  const responses = measures.responses.filter(({ via }) => via === 'speech').map(({ responseMs }) => responseMs);
  const all = measures.responses.map(({ responseMs }) => responseMs);
  return [
    ...judgeBound('greeting (answer → first agent sound)', measures.greetingMs, expect.greetingMsMax),
    ...judgeBound('median response (end of caller’s voice → first agent sound)', percentile(responses, 0.5), expect.responseMsP50Max),
    ...judgeBound('slowest response', all.length === 0 ? null : Math.max(...all), expect.responseMsMax),
    ...judgeBound('slowest stop (interruption → last agent sound)', measures.stops.length === 0 ? null : Math.max(...measures.stops.map(({ stopMs }) => stopMs)), expect.stopMsMax),
    ...judgeBound('longest silence while the agent was due', measures.maxGapMs, expect.gapMsMax),
  ];
}

function judgeBound(what: string, foundMs: number | null, maxMs: number | null): string[] {
  if (maxMs === null) return [];
  if (foundMs === null) return [`${what}: there was none to measure, at most ${maxMs} ms expected`];
  return foundMs <= maxMs ? [] : [`${what} took ${Math.round(foundMs)} ms, at most ${maxMs} ms expected`];
}

function judgeHearing({ script, outcome, view }: Evidence): string[] {
  if (view === null || view.callId === null) return [`heard_exactly: ${NO_EVENTS}`];
  return outcome.acts.flatMap((act) => {
    const step = script.steps[act.stepIndex];
    const wanted = expectedHearing(step);
    const heard = heardOf(outcome.acts, act, view) ?? '';
    if (wanted === null || sameWords(wanted, heard)) return [];
    return [`${stepName(script, act.stepIndex)}: the caller said "${saidIn(step)}", the gateway heard "${heard}"`];
  });
}

function expectedHearing(step: Step | undefined): string | null {
  if (step === undefined) return null;
  if (step.kind === 'press') return `${step.digits.replace(/[^0-9]/gu, '').length} digits`;
  return step.kind === 'say' || step.kind === 'interrupt' ? textOf(step.heard, saidIn(step)) : null;
}

function textOf(heard: ExpectedHearing, said: string): string | null {
  switch (heard.kind) {
    case 'any': return null;
    case 'text': return heard.text;
    case 'as-said': return said;
  }
}
