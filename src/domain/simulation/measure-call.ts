import type { Span } from './audio-timeline.js';
import { answerSince } from './step-conditions.js';

/** The caller made himself heard: first to last sound as sent. */
export interface CallerAct extends Span {
  readonly stepIndex: number;
  readonly kind: 'say' | 'press' | 'interrupt';
}

/** When what was heard and said, all on one clock. */
export interface CallTimes {
  readonly answeredAtMs: number;
  readonly endedAtMs: number;
  readonly acts: readonly CallerAct[];
  /** Voices of the far end as received, since the answer. */
  readonly agent: readonly Span[];
  /** From when the caller only waited for the far end to finish; null: never. */
  readonly waitsForEndFromMs: number | null;
  /** Replies of the agent as the gateway tells them; empty when its events are not at hand. */
  readonly agentTurns: readonly Span[];
}

export interface Response {
  readonly stepIndex: number;
  readonly via: 'speech' | 'digits';
  /** End of the caller's voice (last key) as sent → first sound of the agent as received. Negative: the agent talked over the caller. */
  readonly responseMs: number;
}

export interface Stop {
  readonly stepIndex: number;
  /** Beginning of the caller's voice as sent → end of the last loud agent frame as received. */
  readonly stopMs: number;
}

/** Silence while the agent was due. */
export interface Gap extends Span {
  readonly where: 'greeting' | 'response' | 'reply' | 'end';
}

export interface CallMeasures {
  /** Answer → first agent sound; null when there was none. */
  readonly greetingMs: number | null;
  readonly responses: readonly Response[];
  readonly stops: readonly Stop[];
  readonly gaps: readonly Gap[];
  readonly maxGapMs: number;
}

/** An agent who fell silent this shortly before the caller cut in was in a pause, not at the end. */
const PAUSE_MS = 400;

export function measureCall(times: CallTimes): CallMeasures {
  const first = times.agent[0];
  const gaps = [...greetingGap(times), ...responseGaps(times), ...replyGaps(times), ...endGaps(times)].sort((a, b) => a.startMs - b.startMs);
  return {
    greetingMs: first === undefined ? null : first.startMs - times.answeredAtMs,
    responses: times.acts.flatMap((act, index) => responseTo(times, act, index)),
    stops: times.acts.flatMap((act) => stopFor(times, act)),
    gaps,
    maxGapMs: gaps.reduce((max, gap) => Math.max(max, gap.endMs - gap.startMs), 0),
  };
}

/** The agent's answer to an act, if it came before the caller's next one. */
function answerTo(times: CallTimes, act: CallerAct, index: number): Span | null {
  const answer = answerSince(times.agent, act.startMs, act.endMs);
  const nextActAtMs = times.acts[index + 1]?.startMs ?? Infinity;
  return answer !== null && answer.startMs < nextActAtMs ? answer : null;
}

function responseTo(times: CallTimes, act: CallerAct, index: number): Response[] {
  const answer = answerTo(times, act, index);
  if (answer === null) return [];
  return [{ stepIndex: act.stepIndex, via: act.kind === 'press' ? 'digits' : 'speech', responseMs: answer.startMs - act.endMs }];
}

function stopFor(times: CallTimes, act: CallerAct): Stop[] {
  if (act.kind !== 'interrupt') return [];
  const victim = times.agent.findLast((voice) => voice.startMs <= act.startMs);
  if (victim === undefined || victim.endMs < act.startMs - PAUSE_MS) return [];
  // In a pause the agent may not know yet that it is interrupted: what it then begins into the caller's words counts too.
  const last = times.agent.findLast((voice) => voice.startMs < act.endMs) ?? victim;
  return [{ stepIndex: act.stepIndex, stopMs: Math.max(0, last.endMs - act.startMs) }];
}

function greetingGap(times: CallTimes): Gap[] {
  const endMs = times.agent[0]?.startMs ?? times.acts[0]?.startMs ?? times.endedAtMs;
  return [{ where: 'greeting', startMs: times.answeredAtMs, endMs: Math.max(times.answeredAtMs, endMs) }];
}

function responseGaps(times: CallTimes): Gap[] {
  return times.acts.map((act, index) => {
    const endMs = answerTo(times, act, index)?.startMs ?? times.acts[index + 1]?.startMs ?? times.endedAtMs;
    return { where: 'response', startMs: act.endMs, endMs: Math.max(act.endMs, endMs) };
  });
}

/** Silence within one reply, told by the gateway's own account of when the reply was going on. */
function replyGaps(times: CallTimes): Gap[] {
  return times.agentTurns.flatMap((turn) => {
    const within = times.agent.filter((voice) => voice.startMs >= turn.startMs - PAUSE_MS && voice.startMs < turn.endMs);
    return within.slice(1).map((voice, index): Gap => ({ where: 'reply', startMs: within[index]?.endMs ?? voice.startMs, endMs: voice.startMs }));
  });
}

/** Once the caller only waits for the end, the far end is due all the time. */
function endGaps(times: CallTimes): Gap[] {
  const fromMs = times.waitsForEndFromMs;
  if (fromMs === null) return [];
  const heard = times.agent.filter((voice) => voice.endMs > fromMs);
  const edges = [...heard, { startMs: times.endedAtMs, endMs: times.endedAtMs }];
  let quietSinceMs = quietBefore(times, fromMs);
  const gaps: Gap[] = [];
  for (const edge of edges) {
    if (edge.startMs > quietSinceMs) gaps.push({ where: 'end', startMs: quietSinceMs, endMs: edge.startMs });
    quietSinceMs = Math.max(quietSinceMs, edge.endMs);
  }
  return gaps;
}

/** When the line fell silent that is silent at `atMs`; `atMs` itself when somebody speaks. */
function quietBefore(times: CallTimes, atMs: number): number {
  const sounds: readonly Span[] = [...times.agent, ...times.acts].filter((sound) => sound.startMs <= atMs);
  const lastEndMs = sounds.reduce((last, sound) => Math.max(last, sound.endMs), times.answeredAtMs);
  return Math.min(lastEndMs, atMs);
}

/** Nearest-rank percentile; null of nothing. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
