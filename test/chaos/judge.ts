import {
  type Contract, contractOf, IDLE_MS, LOOP_DELAY_P99_MS_MAX, type Phase, READY_AGAIN_MS, REPLY_MS_MAX, RSS_GROWTH_MB_MAX, SETUP_DEADLINE_MS, TIMERS_MORE_MAX, type Trouble,
} from './contract.js';
import type { CallSeen, RoundSeen } from './round.js';

export interface CaseResult extends Trouble {
  readonly phase: Phase;
  /** `redis hang speaking`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found wrong; or what was seen. */
  readonly detail: string;
}

/** Turns with an answer of the agent that each call must have had, at least: before or during the trouble, and after it. */
const AGENT_TURNS_MIN: Readonly<Record<Phase, number>> = { ringing: 1, listening: 2, speaking: 2 };
/** Q.850: the caller's network may try elsewhere. */
const CONGESTION = '34';
/** Of the agent's voice that must be heard while the trouble lasts, where it stands in nothing's way. */
const HEARD_MS_MIN = 1000;

/** One case for each call of the round; what is wrong with the gateway is wrong with all of them. */
export function judge(trouble: Trouble, seen: RoundSeen): readonly CaseResult[] {
  const contract = contractOf(trouble);
  const common = faultsOfGateway(contract, seen);
  return seen.calls.map((call) => {
    const faults = [...faultsOfCall(contract, call, seen), ...common];
    const detail = faults.length === 0 ? told(call, seen) : `${faults.join('; ')} (${told(call, seen)})`;
    return { ...trouble, phase: call.phase, name: nameOf(trouble, call.phase), ok: faults.length === 0, detail };
  });
}

export function nameOf({ dependency, fault }: Trouble, phase: Phase): string {
  return `${dependency} ${fault} ${phase}`;
}

function faultsOfGateway(contract: Contract, seen: RoundSeen): readonly string[] {
  const { readiness, readinessAfter, process: { eventLoopDelayMs } } = seen;
  const checks: readonly (readonly [wrong: boolean, fault: string])[] = [
    [seen.hits === 0, 'the fault was never met'],
    [contract.readiness === 'flips' && !readiness.includes(503), 'stayed ready'],
    [contract.readiness === 'stays' && readiness.some((status) => status !== 200), `readiness went to ${String(readiness.find((status) => status !== 200))}`],
    [seen.readyAgainMs === null, `not ready again within ${READY_AGAIN_MS} ms`],
    [readinessAfter.some((status) => status !== 200), 'not ready throughout afterwards'],
    [seen.idleMs === null, `left over after ${IDLE_MS} ms: ${seen.left}`],
    [!seen.moved, `no operator would see it: ${contract.metric}`],
    [eventLoopDelayMs.p99 > LOOP_DELAY_P99_MS_MAX, `event loop late by ${eventLoopDelayMs.p99.toFixed(0)} ms (p99)`],
    [seen.rssGrowthMb > RSS_GROWTH_MB_MAX, `memory grew by ${seen.rssGrowthMb.toFixed(0)} MB`],
    [seen.timersMore > TIMERS_MORE_MAX, `${seen.timersMore} timers more than before`],
  ];
  return checks.filter(([wrong]) => wrong).map(([, fault]) => fault);
}

function faultsOfCall(contract: Contract, call: CallSeen, seen: RoundSeen): readonly string[] {
  const { story, phase } = call;
  if (story === null) return ['no event of the call has arrived'];
  const faults = [...story.faults];
  const reason = story.endReasons[0] ?? 'none';
  if (phase === 'ringing') faults.push(...faultsOfRinging(contract, call, seen));
  else if (contract.talk === 'goes on') faults.push(...faultsOfTalk(call));
  else if (call.heardMs === 0) faults.push('the caller was left in silence');
  faults.push(...faultsOfEnd(contract, call, reason));
  return faults;
}

function faultsOfRinging(contract: Contract, { answeredMs }: CallSeen, { lastedMs, readyAgainMs }: RoundSeen): readonly string[] {
  const refusable = contract.ringing === 'answered or refused after' && lastedMs > SETUP_DEADLINE_MS;
  if (answeredMs === null) return refusable ? [] : ['never answered'];
  const limitMs = contract.ringing === 'answered meanwhile' ? lastedMs : lastedMs + (readyAgainMs ?? READY_AGAIN_MS) + READY_AGAIN_MS;
  return answeredMs <= limitMs ? [] : [`answered only after ${answeredMs.toFixed(0)} ms`];
}

/** Neither the caller's words nor the agent's pass the dependency in trouble. */
function faultsOfTalk({ phase, heardMs, replyMs }: CallSeen): readonly string[] {
  if (phase === 'speaking') return heardMs >= HEARD_MS_MIN ? [] : [`only ${heardMs} ms of the agent were heard meanwhile`];
  if (replyMs === null) return ['no reply meanwhile'];
  return replyMs <= REPLY_MS_MAX ? [] : [`a reply only after ${replyMs.toFixed(0)} ms`];
}

function faultsOfEnd(contract: Contract, call: CallSeen, reason: string): readonly string[] {
  const { fate, phase, answeredMs, releaseCause } = call;
  const refused = fate === 'released' && phase === 'ringing' && answeredMs === null && releaseCause === CONGESTION;
  const expected = fate === 'handed-over' && contract.talk === 'fallback' ? 'transferred' : refused ? 'setup_failed' : fate === 'on the line' ? 'caller_hangup' : null;
  if (expected === null) return [`dropped: ${fate} ${call.releaseCause}, ended as ${reason}`];
  return [...(reason === expected ? [] : [`${fate}, and ended as ${reason}`]), ...(fate === 'on the line' ? faultsOfGoingOn(contract, call) : [])];
}

function faultsOfGoingOn(contract: Contract, { phase, replyAfterMs, story }: CallSeen): readonly string[] {
  const faults: string[] = [];
  if (replyAfterMs === null) faults.push('the conversation does not go on');
  else if (replyAfterMs > REPLY_MS_MAX && contract.talk === 'goes on') faults.push(`a reply only ${replyAfterMs.toFixed(0)} ms after the words that followed`);
  const sources = (story?.events ?? []).filter(({ type }) => type === 'turn.completed').map(({ data }) => data['source']);
  const agentTurns = sources.filter((source) => source === 'agent').length;
  if (contract.talk === 'goes on' && agentTurns < AGENT_TURNS_MIN[phase]) faults.push(`only ${agentTurns} answers of the agent`);
  if (sources.at(-1) !== 'agent') faults.push(`the last answer was ${String(sources.at(-1))}`);
  return faults;
}

function told(call: CallSeen, seen: RoundSeen): string {
  return [...toldOfCall(call), ...toldOfGateway(seen)].join(', ');
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function toldOfCall({ story, answeredMs, phase, heardMs, replyMs, replyAfterMs, fate }: CallSeen): readonly string[] {
  const meanwhile: Readonly<Record<Phase, string>> = {
    ringing: answeredMs === null ? 'not answered' : `answered after ${seconds(answeredMs)}`,
    listening: replyMs === null ? 'no reply meanwhile' : `reply meanwhile ${seconds(replyMs)}`,
    speaking: `${seconds(heardMs)} of the agent meanwhile`,
  };
  const after = replyAfterMs === null ? 'no reply after' : `reply after ${seconds(replyAfterMs)}`;
  const events = story === null ? 'no events' : `${story.events.length} events, ${story.repetitions} repeated, end: ${story.endReasons.join(', ')}`;
  return [meanwhile[phase], fate === 'on the line' ? after : fate, events];
}

function toldOfGateway(seen: RoundSeen): readonly string[] {
  const { eventLoopDelayMs: { p99, max } } = seen.process;
  return [
    seen.readiness.includes(503) ? '503 meanwhile' : '200 throughout',
    seen.readyAgainMs === null ? 'not ready again' : `ready ${seconds(seen.readyAgainMs)} after`,
    seen.idleMs === null ? `left: ${seen.left}` : `nothing left ${seconds(seen.idleMs)} after`,
    `loop p99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms`, `${seen.rssGrowthMb >= 0 ? '+' : ''}${seen.rssGrowthMb.toFixed(0)} MB`, `${seen.hits} hits`,
  ];
}
