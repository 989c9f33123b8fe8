/** One trouble put on one gateway, with a call in each phase; what was seen of it. */
import type { CallerFate, ChaosCaller } from '../support/chaos/chaos-caller.js';
import type { Holdings } from '../support/chaos/chaos-gateway-protocol.js';
import type { ChaosWorld } from '../support/chaos/chaos-world.js';
import { type CallStory, storyOf } from '../support/chaos/event-ledger.js';
import type { MetricsPage } from '../support/chaos/metrics-page.js';
import { passed, Watch, within } from '../support/chaos/watched.js';
import type { ProcessFigures } from '../support/load/process-meter.js';
import { contractOf, IDLE_MS, type Phase, PHASES, READY_AGAIN_MS, type Trouble } from './contract.js';

const START_LIMIT_MS = 20_000;
const STEP_LIMIT_MS = 8000;
const QUIET_MS = 500;
/** An agent that says everything, filler and apology before it. */
const QUIET_LIMIT_MS = 20_000;
const SHORT_SPEECH_MS = 1000;
/** The caller who is heard when the trouble begins: so long before it, and on into it. */
const LONG_SPEECH_MS = 2500;
const INTO_SPEECH_MS = 1500;
/** Two apologies in a row end in a transfer: who is on the line after three has been answered by the agent. */
const TALKS_AFTER_FALLBACK = 3;
const EVENTS_LIMIT_MS = 60_000;
const EVENTS_LOOK_MS = 500;

export interface CallSeen {
  readonly phase: Phase;
  /** From the beginning of the trouble; null: never. */
  readonly answeredMs: number | null;
  /** Of the agent, while the trouble lasted. */
  readonly heardMs: number;
  /** From the end of the words that were being said when the trouble began to the agent's voice, while it lasted. Null: none, or not asked. */
  readonly replyMs: number | null;
  /** From the end of the words said after the lift. Null: no reply, or nobody there to ask. */
  readonly replyAfterMs: number | null;
  readonly fate: CallerFate;
  readonly releaseCause: string;
  /** Null: not even its beginning was told. */
  readonly story: CallStory | null;
}

export interface RoundSeen {
  readonly calls: readonly CallSeen[];
  readonly lastedMs: number;
  readonly hits: number;
  /** Of /readyz while the trouble lasted; null: no answer. */
  readonly readiness: readonly (number | null)[];
  /** After the lift; null: not within the limit. */
  readonly readyAgainMs: number | null;
  readonly readinessAfter: readonly (number | null)[];
  /** From the last hang-up; null: something is left. */
  readonly idleMs: number | null;
  readonly left: string;
  readonly process: ProcessFigures;
  readonly rssGrowthMb: number;
  readonly timersMore: number;
  readonly moved: boolean;
}

export async function runRound(world: ChaosWorld, trouble: Trouble): Promise<RoundSeen> {
  const contract = contractOf(trouble);
  const { dependency, fault } = trouble;
  await must(START_LIMIT_MS, 'the gateway to be ready', async () => (await world.readiness()) === 200);
  const held = await holdings(world);
  world.gateway.send({ type: 'start' });
  const [listening, speaking] = [world.call(), world.call()];
  await conversationsUp(listening, speaking);
  const before = await world.metrics();

  const begin = performance.now();
  const ringing = world.call();
  const callers: Readonly<Record<Phase, ChaosCaller>> = { ringing, listening, speaking };
  world.hurt(dependency, fault); // in the same turn: the offer is under way
  const heardBefore = { ringing: 0, listening: listening.heardMs, speaking: speaking.heardMs };
  const readiness = new Watch(() => world.readiness(), 100);
  const metrics = new Watch(() => world.metrics(), 300);
  const replied = watchReply(listening, begin + LONG_SPEECH_MS - INTO_SPEECH_MS);
  await passed(contract.holdMs);
  const during = PHASES.map((phase) => ({ phase, heardMs: callers[phase].heardMs - heardBefore[phase] }));
  const lifted = performance.now();
  await world.heal(dependency);
  const replyMs = await replied;

  const readyAgain = await within(READY_AGAIN_MS, async () => (await world.readiness()) === 200);
  const readyAgainMs = readyAgain ? performance.now() - lifted : null;
  const readyAt = performance.now();
  const after = await Promise.all(PHASES.map(async (phase) => ({ phase, replyAfterMs: await talkOn(callers[phase], contract.talk === 'fallback' ? TALKS_AFTER_FALLBACK : 1) })));
  const fates = PHASES.map((phase) => ({ phase, fate: callers[phase].fate, releaseCause: callers[phase].releaseCause }));
  for (const caller of Object.values(callers)) caller.hangUp();
  const idle = await untilIdle(world);
  await Promise.all([readiness.stop(), metrics.stop()]);
  const stories = await storiesOf(world, callers);
  const { process } = await world.gateway.ask({ type: 'stop' }, 'figures');
  const heldAfter = await holdings(world);
  const pages = metrics.samples.map(({ value }) => value).filter((page): page is MetricsPage => page !== null);
  const statuses = (from: number, to: number): (number | null)[] => readiness.samples.filter(({ atMs }) => atMs >= from && atMs < to).map(({ value }) => value);
  return {
    calls: PHASES.map((phase, index) => {
      const { answeredAtMs } = callers[phase];
      return {
        ...during[index]!, ...after[index]!, ...fates[index]!, story: stories[index]!, answeredMs: answeredAtMs === null ? null : answeredAtMs - begin,
        replyMs: phase === 'listening' && replyMs !== null && begin + LONG_SPEECH_MS - INTO_SPEECH_MS + replyMs <= lifted ? replyMs : null,
      };
    }),
    lastedMs: lifted - begin, hits: world.hitsOn(dependency), readiness: statuses(begin, lifted), readyAgainMs, readinessAfter: statuses(readyAt, Number.POSITIVE_INFINITY),
    ...idle, process, rssGrowthMb: (heldAfter.rssBytes - held.rssBytes) / 1024 / 1024, timersMore: heldAfter.timers - held.timers, moved: contract.moved(before, pages),
  };
}

/** One caller in the middle of his words, the other in the middle of the agent's. */
async function conversationsUp(listening: ChaosCaller, speaking: ChaosCaller): Promise<void> {
  for (const caller of [listening, speaking]) await must(STEP_LIMIT_MS, 'a greeting', () => caller.heardMs > 0);
  for (const caller of [listening, speaking]) await must(STEP_LIMIT_MS, 'the end of a greeting', () => caller.quietFor(QUIET_MS));
  const heardMs = speaking.heardMs;
  speaking.say(SHORT_SPEECH_MS);
  await must(STEP_LIMIT_MS, 'a reply', () => speaking.heardMs > heardMs);
  listening.say(LONG_SPEECH_MS);
  await passed(INTO_SPEECH_MS);
}

/** ms from the end of his words to the agent's voice. */
async function watchReply(caller: ChaosCaller, wordsEndAtMs: number): Promise<number | null> {
  await passed(Math.max(0, wordsEndAtMs - performance.now()));
  const heardMs = caller.heardMs;
  const heard = await within(STEP_LIMIT_MS, () => caller.heardMs > heardMs);
  return heard ? performance.now() - wordsEndAtMs : null;
}

/** The caller says something when it is his turn. @returns ms to the agent's voice, the last time; null when there was none, or no line any more. */
async function talkOn(caller: ChaosCaller, times: number): Promise<number | null> {
  const gone = (): boolean => caller.fate !== 'on the line';
  let replyMs: number | null = null;
  for (let talk = 0; talk < times; talk += 1) {
    const ready = await within(QUIET_LIMIT_MS, () => gone() || (caller.heardMs > 0 && caller.quietFor(QUIET_MS)));
    if (!ready || gone()) return null;
    caller.say(SHORT_SPEECH_MS);
    replyMs = await watchReply(caller, performance.now() + SHORT_SPEECH_MS);
    await within(QUIET_LIMIT_MS, () => gone() || caller.quietFor(QUIET_MS * 2)); // whatever follows from it
  }
  return gone() ? null : replyMs;
}

async function untilIdle(world: ChaosWorld): Promise<{ readonly idleMs: number | null; readonly left: string }> {
  const begin = performance.now();
  let left = '';
  const idle = await within(IDLE_MS, async () => {
    const page = await world.metrics();
    const { channels, bridges } = world.leftovers;
    const counts = { channels: channels.length, bridges: bridges.length, calls: page.sum('calls_active'), legs: page.sum('media_legs') };
    left = Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`).join(', ');
    return left === '';
  });
  return { idleMs: idle ? performance.now() - begin : null, left };
}

/** Waits for the ends of all calls. */
async function storiesOf(world: ChaosWorld, callers: Readonly<Record<Phase, ChaosCaller>>): Promise<readonly (CallStory | null)[]> {
  let stories: readonly (CallStory | null)[] = [];
  const end = performance.now() + EVENTS_LIMIT_MS;
  do {
    const events = await world.events().catch(() => []); // its topics may not be there yet
    stories = PHASES.map((phase) => storyOf(events, callers[phase].id));
    if (stories.every((story) => story !== null && story.faults.length === 0)) break;
    await passed(EVENTS_LOOK_MS);
  } while (performance.now() < end);
  return stories;
}

async function holdings(world: ChaosWorld): Promise<Holdings> {
  return world.gateway.ask({ type: 'holdings' }, 'holdings');
}

async function must(limitMs: number, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  if (!await within(limitMs, holds)) throw new Error(`waited ${limitMs} ms for ${what}`);
}
