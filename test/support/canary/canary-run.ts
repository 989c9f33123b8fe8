import { PrometheusMetrics } from '../../../src/adapters/runtime/prometheus-metrics.js';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import type { CallStep } from '../../../src/application/ports/call-repository.js';
import type { SealedEntry } from '../../../src/application/ports/digit-vault.js';
import type { MetricLabels, MetricName } from '../../../src/application/ports/metrics.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import { LIMITS, OUTBOUND, placed } from '../../application/calls/outbound-board.js';
import { Switchboard } from '../../application/calls/switchboard.js';
import { mediaOf } from '../../application/calls/switchboard.js';
import type { FakeCallLeg } from '../fakes/fake-call-leg.js';
import { MemoryEventPublisher } from '../fakes/memory-event-publisher.js';
import type { RecordedLine } from '../fakes/recording-logger.js';
import { RecordingMetrics } from '../fakes/recording-metrics.js';
import { type ScriptedAgent, text } from '../fakes/scripted-agent.js';
import { silentLogger } from '../fakes/silent-logger.js';
import { VirtualClock } from '../virtual-clock.js';
import type { CanaryAct, CanaryCall } from './canary-calls.js';

/** What the calls have left behind. */
export interface CanaryRun {
  readonly events: readonly DomainEvent[];
  readonly eventsByCall: ReadonlyMap<string, readonly DomainEvent[]>;
  readonly steps: readonly CallStep[];
  readonly log: readonly RecordedLine[];
  readonly agent: ScriptedAgent;
  readonly prometheus: PrometheusMetrics;
  readonly vault: readonly SealedEntry[];
}

/** Measures for the test and for Prometheus. */
class BothMetrics extends RecordingMetrics {
  readonly prometheus = new PrometheusMetrics({ logger: silentLogger, processMetrics: false });

  override count(name: MetricName, labels?: MetricLabels, by?: number): void {
    super.count(name, labels, by);
    this.prometheus.count(name, labels, by);
  }

  override gauge(name: MetricName, value: number, labels?: MetricLabels): void {
    super.gauge(name, value, labels);
    this.prometheus.gauge(name, value, labels);
  }

  override observe(name: MetricName, seconds: number, labels?: MetricLabels): void {
    super.observe(name, seconds, labels);
    this.prometheus.observe(name, seconds, labels);
  }
}

/** Keeps every step that it is given. */
class WatchedRepository extends MemoryCallRepository {
  readonly steps: CallStep[] = [];

  override save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    this.steps.push(step);
    return super.save(step, expectedVersion, signal);
  }
}

/** With no seven digits in a row of any card that is made here. */
const CANARY_CALLEE = '+49309180273';

/** Calls that are placed before, with a number in their metadata: as many as may be to one telephone. */
export const CANARY_PLACED = LIMITS.callsPerNumberPerDayMax;

/** The calls, one after the other, through the application as it is, on virtual time. */
export async function runCanary(calls: readonly CanaryCall[]): Promise<CanaryRun> {
  const publisher = new MemoryEventPublisher();
  const repository = new WatchedRepository({ clock: new VirtualClock(), publisher });
  const metrics = new BothMetrics();
  let call = calls[0];
  const board = new Switchboard({
    publisher, repository, metrics,
    tenant: { outbound: OUTBOUND },
    profile: { prompts: { greeting: 'Welcome.' }, pci: { agentSeesCard: false, vaultUrl: 'https://vault.test/digits' } },
    agent: { replies: Array.from({ length: 12 }, (_, turn) => (asked) => {
      const reply = call?.replies[turn] ?? [text('Okay.')];
      return typeof reply === 'function' ? reply(asked) : reply;
    }) },
  });
  for (const { pan } of calls.slice(0, CANARY_PLACED)) await placeWith(board, pan);
  for (call of calls) {
    const leg = await board.greeted();
    for (const act of call.acts) await carryOut(board, leg, act);
    if (!leg.ended) leg.farEnd.hangsUp();
    await board.clock.run(1000);
  }
  const eventsByCall = new Map<string, DomainEvent[]>();
  for (const event of publisher.events) eventsByCall.set(event.callId, [...eventsByCall.get(event.callId) ?? [], event]);
  return { events: publisher.events, eventsByCall, steps: repository.steps, log: board.log.lines, agent: board.agent, prometheus: metrics.prometheus, vault: board.vault.entries };
}

/** The number comes with the order to call. */
async function placeWith(board: Switchboard, pan: string): Promise<void> {
  const { leg } = await placed(board, { to: CANARY_CALLEE, metadata: { card: pan, note: `paid with ${pan.replace(/(.{4})(?=.)/gu, '$1 ')} by telephone` }, idempotencyKey: `order-${board.telephony.legs.length}` });
  leg.farEnd.hangsUp(17);
  await board.clock.run(1000);
}

const REPLY_MS = 6000;
/** Some words of a reply are out by then. */
const CUT_IN_MS = 900;

async function carryOut(board: Switchboard, leg: FakeCallLeg, act: CanaryAct): Promise<void> {
  if (leg.ended) return;
  if (act.act === 'hangs-up') { leg.farEnd.hangsUp(); return; }
  if (act.cutsIn !== true) await board.clock.run(REPLY_MS);
  if (act.act === 'types') {
    for (const key of act.keys) { leg.farEnd.presses(key); await board.clock.run(100); }
    await board.clock.run(3200);
  } else if (act.late === true) {
    mediaOf(leg).hearVoice(800);
    await board.clock.run(400);
    board.speechToText.stream.partial(act.text);
    await board.clock.run(4000);
  } else await board.says(leg, act.text);
  await board.clock.run(CUT_IN_MS);
}
