import type { Dependency } from '../support/chaos/chaos-world.js';
import type { Fault } from '../support/chaos/faults.js';
import type { MetricsPage } from '../support/chaos/metrics-page.js';

/** Where a call is when the fault begins: just offered, the caller is speaking, the agent is. */
export const PHASES = ['ringing', 'listening', 'speaking'] as const;
export type Phase = (typeof PHASES)[number];

export interface Trouble {
  readonly dependency: Dependency;
  readonly fault: Fault;
}

/** What the project promises while a dependency is in trouble, and after. */
export interface Contract {
  /** How long the trouble lasts: long enough to be found out. */
  readonly holdMs: number;
  /** Of the readiness: 503 while it lasts, or 200 throughout. */
  readonly readiness: 'flips' | 'stays';
  /** Calls that are up go on talking while it lasts; or they get filler and apology, and may be handed to a person. */
  readonly talk: 'goes on' | 'fallback';
  /** When a call that began to ring with the trouble is answered. `or-refused`: only if the trouble outlasts the set-up deadline. */
  readonly ringing: 'answered meanwhile' | 'answered after' | 'answered or refused after';
  /** What operators see, in words, and whether they saw it. */
  readonly metric: string;
  readonly moved: (before: MetricsPage, during: readonly MetricsPage[]) => boolean;
}

/** From the lift of the fault. */
export const READY_AGAIN_MS = 6000;
/** CallSession: answering and opening media together. */
export const SETUP_DEADLINE_MS = 5000;
/** Orphans are swept every 30 s (reliability.md row 6); then there is nothing left. */
export const IDLE_MS = 35_000;
export const LOOP_DELAY_P99_MS_MAX = 100;
export const RSS_GROWTH_MB_MAX = 64;
export const TIMERS_MORE_MAX = 5;
/** From the end of the caller's words to the agent's voice, with nothing in its way but this machine. */
export const REPLY_MS_MAX = 4000;

/** Longer than ping (5 s) and pong (3 s) of the event socket, and than the request timeout of Kafka (10 s). */
const HANG_MS = 10_500;
/** Longer than the deadlines (2 s) of a request to Asterisk and of the one that looks whether that was by chance. */
const SLOW_REST_MS = 6000;
/** Longer than the end of the turn, the wait for the agent, and the filler after it (together 3 s after the trouble began). */
const AGENT_MS = 5000;
/** Shorter than the set-up deadline: a call that begins to ring with it is still there after it. */
const SHORT_MS = 3000;

export function contractOf({ dependency, fault }: Trouble): Contract {
  const holdMs = holdOf({ dependency, fault });
  switch (dependency) {
    case 'ari-events': return fault === 'slow'
      ? {
        holdMs, readiness: 'stays', talk: 'goes on', ringing: 'answered meanwhile', metric: 'ari_reconnects_total stays',
        moved: (before, during) => during.every((page) => page.sum('ari_reconnects_total') === before.sum('ari_reconnects_total')),
      }
      : { holdMs, readiness: 'flips', talk: 'goes on', ringing: 'answered after', metric: 'ari_reconnects_total', moved: grew('ari_reconnects_total') };
    case 'ari-rest': return {
      // An answer later than the deadline of a request (2 s) is none.
      holdMs, readiness: 'flips', talk: 'goes on', ringing: 'answered or refused after',
      metric: 'provider_errors_total{port=telephony}', moved: grew('provider_errors_total', { port: 'telephony' }),
    };
    case 'redis': return {
      holdMs, readiness: 'stays', talk: 'goes on', ringing: 'answered meanwhile', metric: 'state_refuge_active',
      moved: (_before, during) => during.some((page) => page.sum('state_refuge_active') > 0),
    };
    case 'kafka': return {
      holdMs, readiness: 'stays', talk: 'goes on', ringing: 'answered meanwhile', metric: 'events_pending',
      moved: (_before, during) => during.some((page) => page.sum('events_pending') > 0),
    };
    case 'orchestrator': return {
      holdMs, readiness: 'stays', talk: 'fallback', ringing: 'answered meanwhile',
      ...(fault === 'slow' ? { metric: 'fallback_prompts_total', moved: grew('fallback_prompts_total') } : { metric: 'provider_errors_total{port=agent}', moved: grew('provider_errors_total', { port: 'agent' }) }),
    };
  }
}

function holdOf({ dependency, fault }: Trouble): number {
  if (fault === 'hang') return HANG_MS;
  if (dependency === 'orchestrator') return AGENT_MS;
  return dependency === 'ari-rest' && fault === 'slow' ? SLOW_REST_MS : SHORT_MS;
}

function grew(name: string, labels: Readonly<Record<string, string>> = {}): Contract['moved'] {
  return (before, during) => during.some((page) => page.sum(name, labels) > before.sum(name, labels));
}
