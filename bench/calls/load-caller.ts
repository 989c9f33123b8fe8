/**
 * One caller of a load: listens, speaks, waits for the reply, sometimes interrupts, and hangs up when everything is said.
 * Time and what was heard are told; whether to speak now is the answer. All times are ms of one clock.
 */
export interface CallPlan {
  /** What the caller says, one after the other; each must be answered. */
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  /** Silence between the end of the agent's speech and the caller's. */
  readonly pauseMs: number;
  readonly speakMs: number;
  /** The reply is interrupted so long after it began, by another `speakMs` of speech; null: it is heard to the end. */
  readonly interruptAfterMs: number | null;
}

export type CallFailure = 'no-greeting' | 'no-reply' | 'agent-never-stops' | 'not-interrupted' | 'audio-stopped';

export interface CallerOutlet {
  /** Answer → first voice of the greeting. */
  greeted(latencyMs: number): void;
  /** End of the caller's voice → first voice of the agent. */
  answered(latencyMs: number): void;
  /** Onset of the caller's voice → last voice of the interrupted agent. */
  stopped(latencyMs: number): void;
  /** Everything is said. */
  done(): void;
  failed(why: CallFailure): void;
}

/** Silence that counts as the end of the agent's speech. */
const AGENT_QUIET_MS = 400;
const GREETING_LIMIT_MS = 5000;
const REPLY_LIMIT_MS = 8000;
const AGENT_SPEECH_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 1500;
const AUDIO_GAP_LIMIT_MS = 1000;
const INTERRUPTIONS_SHARE = 0.25;

type Phase = 'agent-due' | 'agent-speaks' | 'pausing' | 'speaking' | 'interrupting' | 'over';

export class LoadCaller {
  private phase: Phase = 'agent-due';
  private exchange = -1;
  private untilMs = 0;
  private dueSinceMs: number;
  private agentSinceMs = 0;
  private agentVoiceAtMs = 0;
  private onsetAtMs = 0;
  private lastPacketAtMs: number;
  /** Of the present exchange: an interruption is made once. */
  private interrupted = false;

  /** @param answeredAtMs the call is up from then on. */
  constructor(private readonly plan: CallPlan, private readonly outlet: CallerOutlet, answeredAtMs: number) {
    this.dueSinceMs = answeredAtMs;
    this.lastPacketAtMs = answeredAtMs;
  }

  get isOver(): boolean {
    return this.phase === 'over';
  }

  /** A packet of the agent's audio arrived. */
  hear(voiced: boolean, atMs: number): void {
    this.lastPacketAtMs = atMs;
    if (!voiced || this.phase === 'over') return;
    this.agentVoiceAtMs = atMs;
    if (this.phase === 'agent-due') this.noteFirstVoice(atMs);
    if (this.phase === 'pausing') this.phase = 'agent-speaks'; // it had not finished after all
  }

  /** Every 20 ms. @returns whether the caller's next frame is voice. */
  tick(nowMs: number): boolean {
    if (this.phase === 'over') return false;
    if (nowMs - this.lastPacketAtMs > AUDIO_GAP_LIMIT_MS) this.fail('audio-stopped');
    if (this.phase === 'agent-due') this.waitForAgent(nowMs);
    else if (this.phase === 'agent-speaks') this.listen(nowMs);
    else if (nowMs >= this.untilMs) this.goOn(nowMs);
    return this.phase === 'speaking' || this.phase === 'interrupting';
  }

  /** What was to last until now is over. */
  private goOn(nowMs: number): void {
    if (this.phase === 'pausing') this.speak('speaking', nowMs);
    else if (this.phase === 'speaking') this.expectAgent(nowMs);
    else if (this.phase === 'interrupting') this.endInterruption(nowMs);
  }

  private noteFirstVoice(atMs: number): void {
    const latencyMs = atMs - this.dueSinceMs;
    if (this.exchange < 0) this.outlet.greeted(latencyMs);
    else this.outlet.answered(latencyMs);
    this.phase = 'agent-speaks';
    this.agentSinceMs = atMs;
  }

  private waitForAgent(nowMs: number): void {
    const limitMs = this.exchange < 0 ? GREETING_LIMIT_MS : REPLY_LIMIT_MS;
    if (nowMs - this.dueSinceMs > limitMs) this.fail(this.exchange < 0 ? 'no-greeting' : 'no-reply');
  }

  private listen(nowMs: number): void {
    const interruptAfterMs = this.plan.exchanges[this.exchange]?.interruptAfterMs ?? null;
    if (interruptAfterMs !== null && !this.interrupted && nowMs - this.agentSinceMs >= interruptAfterMs) {
      this.interrupted = true;
      this.speak('interrupting', nowMs);
    } else if (nowMs - this.agentVoiceAtMs >= AGENT_QUIET_MS) this.takeTurn(nowMs);
    else if (nowMs - this.agentSinceMs > AGENT_SPEECH_LIMIT_MS) this.fail('agent-never-stops');
  }

  private takeTurn(nowMs: number): void {
    this.exchange += 1;
    this.interrupted = false;
    const next = this.plan.exchanges[this.exchange];
    if (next === undefined) {
      this.phase = 'over';
      this.outlet.done();
      return;
    }
    this.phase = 'pausing';
    this.untilMs = nowMs + next.pauseMs;
  }

  private speak(phase: 'speaking' | 'interrupting', nowMs: number): void {
    this.phase = phase;
    this.onsetAtMs = nowMs;
    this.untilMs = nowMs + (this.plan.exchanges[this.exchange]?.speakMs ?? 0);
  }

  private endInterruption(nowMs: number): void {
    const stopMs = Math.max(0, this.agentVoiceAtMs - this.onsetAtMs);
    if (stopMs > Math.min(STOP_LIMIT_MS, this.untilMs - this.onsetAtMs - AGENT_QUIET_MS)) {
      this.fail('not-interrupted');
      return;
    }
    this.outlet.stopped(stopMs);
    this.expectAgent(nowMs);
  }

  private expectAgent(nowMs: number): void {
    this.phase = 'agent-due';
    this.dueSinceMs = nowMs;
  }

  private fail(why: CallFailure): void {
    this.phase = 'over';
    this.outlet.failed(why);
  }
}

/** Both included. */
export interface ExchangeRange {
  readonly min: number;
  readonly max: number;
}

/** The callers' first calls are shorter than those after them, as if they had begun before the load: so calls end and begin evenly from the start. */
export const FIRST_CALLS: ExchangeRange = { min: 0, max: 4 };
export const LATER_CALLS: ExchangeRange = { min: 1, max: 4 };

/** A plan that differs from call to call and is the same for the same number. */
export function callPlan(call: number, { min, max }: ExchangeRange): CallPlan {
  const random = sequence(call + 1);
  const between = (low: number, high: number): number => Math.round(low + (high - low) * random());
  const exchanges = Array.from({ length: between(min, max) }, () => {
    const interrupts = random() < INTERRUPTIONS_SHARE;
    return { pauseMs: between(200, 700), speakMs: between(interrupts ? 1500 : 1000, 2000), interruptAfterMs: interrupts ? between(500, 1200) : null };
  });
  return { exchanges };
}

/** Numbers from 0 to 1, Numerical Recipes' linear congruence. */
function sequence(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
