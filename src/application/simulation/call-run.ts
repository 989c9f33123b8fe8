import type { CallOutcome, Check, Hearing } from '../../domain/simulation/call-outcome.js';
import type { CallerAct } from '../../domain/simulation/measure-call.js';
import { type CallScript, isCallerStep } from '../../domain/simulation/script.js';
import { advance, ANSWER_TOLD_LATE_MS, beginScript, type ScriptState, type Seen, type StepEffect } from '../../domain/simulation/step-machine.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { MediaLeg } from '../ports/media-leg.js';
import { PortError } from '../ports/port-error.js';
import type { CallLeg, LegEvent } from '../ports/telephony.js';
import { CallerMouth } from './caller-mouth.js';
import type { CallTracks } from './call-tracks.js';

export interface CallRunParts {
  readonly script: CallScript;
  readonly clock: Clock;
  readonly leg: CallLeg;
  /** The caller's lines as sound, by step. */
  readonly clips: ReadonlyMap<number, Int16Array>;
  readonly signal: AbortSignal;
  readonly watcher: CallRunWatcher;
}

/** Who runs the call learns what happens in it. */
export interface CallRunWatcher {
  note(type: string, fields: Readonly<Record<string, unknown>>): void;
  answered(atMs: number): void;
  fault(message: string): void;
  /** A stretch of the call is over: the caller begins his next act, or the call has ended. `checks` look at that stretch. */
  stretchOver(fromMs: number, toMs: number, checks: readonly Check[]): void;
  /** An act of the caller is done. */
  actDone(): void;
}

/** The script is looked at so often even when no audio comes. */
const POLL_MS = 100;

/** One call from dialling to its end: feeds the step machine with what is heard and does what it asks. */
export class CallRun {
  /** Resolves when the call has ended. */
  readonly over: Promise<void>;
  private markOver: () => void = () => undefined;
  private state: ScriptState | null = null;
  private tracks: CallTracks | null = null;
  private mouth: CallerMouth | null = null;
  private answeredAtMs: number | null = null;
  private endedAtMs: number | null = null;
  private endedBy: 'caller' | 'far-end' = 'far-end';
  private causeCode: number | null = null;
  private waitsForEndFromMs: number | null = null;
  private stretchFromMs = 0;
  private polling = false;
  private abandoned = false;
  private readonly acts: CallerAct[] = [];
  private readonly checks: Check[] = [];
  private stretchChecks: Check[] = [];
  private readonly faults: string[] = [];
  private readonly cancels: Cancel[] = [];
  private cancelPoll: Cancel = () => undefined;

  constructor(private readonly parts: CallRunParts) {
    this.over = new Promise((resolve) => { this.markOver = resolve; });
  }

  /** Begins to live. `stop` ends it. */
  start(): void {
    const { leg, clock, script, signal } = this.parts;
    this.pollOn();
    this.cancels.push(clock.after(script.limitMs, () => { this.giveUp(`the call lasted longer than limit_ms: ${script.limitMs}`); }));
    const onAbort = (): void => { this.giveUp('the simulation was stopped'); };
    signal.addEventListener('abort', onAbort, { once: true });
    this.cancels.push(() => { signal.removeEventListener('abort', onAbort); });
    this.cancels.push(leg.onEvent((event) => { this.onLegEvent(event); }));
  }

  /** The call has sound from now on. */
  listen(media: MediaLeg, tracks: CallTracks): void {
    const { clock, leg, signal } = this.parts;
    if (media.onPlayed === undefined) throw new PortError('this leg cannot tell what it sends', { code: 'telephony/unsupported', kind: 'rejected' });
    this.tracks = tracks;
    this.mouth = new CallerMouth({ clock, leg, media, tracks, signal, onFailure: (error) => { this.fail(`the caller could not press a key: ${String(error)}`); } });
    this.cancels.push(
      media.onPlayed((samples, position, atMs) => { tracks.sent(samples, position, atMs); }),
      media.onAudio((samples, position, atMs) => {
        tracks.received(samples, position, atMs);
        this.poll();
      }),
      media.onEvent((event) => { this.parts.watcher.note(`media.${event.type}`, { ...event }); }),
    );
    this.poll();
  }

  /** What is known so far; after `over`, all but the hearings. */
  outcome(hearings: readonly Hearing[] = []): CallOutcome {
    const { answeredAtMs, endedBy, causeCode, acts, waitsForEndFromMs, checks, faults, abandoned } = this;
    return {
      answeredAtMs, endedAtMs: this.endedAtMs ?? this.parts.clock.nowMs(), endedBy, causeCode, waitsForEndFromMs, hearings, abandoned,
      acts: [...acts], checks: [...checks], faults: [...faults],
      agent: answeredAtMs === null ? [] : this.tracks?.agentVoices(answeredAtMs) ?? [],
    };
  }

  fail(message: string): void {
    this.faults.push(message);
    this.parts.watcher.fault(message);
  }

  /** Tells the last stretch. Once, after `over`. */
  finish(): void {
    this.overStretch(this.endedAtMs ?? this.parts.clock.nowMs());
  }

  stop(): void {
    this.cancelPoll();
    this.mouth?.close();
    for (const cancel of this.cancels.splice(0)) cancel();
  }

  private onLegEvent(event: LegEvent): void {
    const { clock, watcher } = this.parts;
    const atMs = clock.nowMs();
    watcher.note(`leg.${event.type}`, { ...event });
    if (event.type === 'answered') {
      this.answeredAtMs = atMs;
      this.stretchFromMs = atMs - ANSWER_TOLD_LATE_MS;
      this.state = beginScript(atMs);
      watcher.answered(atMs);
    }
    if (event.type === 'ended') {
      this.endedAtMs = atMs;
      this.causeCode = event.causeCode;
    }
    this.poll();
    if (event.type === 'ended') this.markOver();
  }

  private pollOn(): void {
    this.cancelPoll = this.parts.clock.after(POLL_MS, () => {
      this.poll();
      if (this.endedAtMs === null) this.pollOn();
    });
  }

  private poll(): void {
    const { state, tracks, mouth } = this;
    if (state === null || tracks === null || mouth === null || this.polling || this.abandoned) return;
    this.polling = true; // what is done below may be told to us at once
    try {
      mouth.pump();
      this.walk(state, this.sight(tracks, mouth));
    } finally {
      this.polling = false;
    }
  }

  private sight(tracks: CallTracks, mouth: CallerMouth): Seen {
    const atMs = this.endedAtMs ?? this.parts.clock.nowMs();
    return { atMs, ended: this.endedAtMs !== null, agent: tracks.agentVoices(this.answeredAtMs ?? atMs), act: mouth.progress() };
  }

  private walk(state: ScriptState, seen: Seen): void {
    const { script } = this.parts;
    const next = advance(script, state, seen);
    this.state = next.state;
    for (const effect of next.effects) this.carryOut(effect, seen.atMs);
    if (script.steps[next.state.stepIndex]?.kind === 'wait-end') this.waitsForEndFromMs ??= next.state.enteredAtMs;
    if (seen.ended) this.keepAct(state.stepIndex, seen.atMs);
  }

  private carryOut(effect: StepEffect, atMs: number): void {
    this.noteEffect(effect);
    switch (effect.type) {
      case 'fault': this.fail(effect.message); return;
      case 'hang-up': this.hangUp(); return;
      case 'check': this.check({ stepIndex: effect.stepIndex, fromMs: effect.fromMs, toMs: effect.toMs }); return;
      case 'step': this.keepAct(effect.stepIndex, atMs); return;
      case 'act': this.beHeard(effect.stepIndex, atMs);
    }
  }

  private noteEffect(effect: StepEffect): void {
    const { script, watcher } = this.parts;
    if (effect.type === 'hang-up') watcher.note('script.hang-up', {});
    else if (effect.type === 'act' || effect.type === 'step') watcher.note(`script.${effect.type}`, { step: effect.stepIndex + 1, kind: script.steps[effect.stepIndex]?.kind });
  }

  private beHeard(stepIndex: number, atMs: number): void {
    const { script, clips } = this.parts;
    const step = script.steps[stepIndex];
    this.overStretch(atMs);
    if (step?.kind === 'press') this.mouth?.press(stepIndex, step.digits, step.gapMs);
    else this.mouth?.speak(stepIndex, clips.get(stepIndex) ?? new Int16Array(0));
  }

  private check(check: Check): void {
    this.checks.push(check);
    this.stretchChecks.push(check);
  }

  private overStretch(toMs: number): void {
    const checks = this.stretchChecks;
    this.stretchChecks = [];
    this.parts.watcher.stretchOver(this.stretchFromMs, toMs, checks);
    this.stretchFromMs = toMs;
  }

  /** Writes down what the caller did in a step, also if the end of the call cut it short. */
  private keepAct(stepIndex: number, atMs: number): void {
    const step = this.parts.script.steps[stepIndex];
    const progress = this.mouth?.progress();
    if (step === undefined || !isCallerStep(step) || progress?.stepIndex !== stepIndex || this.acts.some((act) => act.stepIndex === stepIndex)) return;
    this.acts.push({ stepIndex, kind: step.kind, startMs: progress.startMs, endMs: progress.endMs ?? atMs });
    this.parts.watcher.actDone();
  }

  private giveUp(message: string): void {
    if (this.endedAtMs !== null || this.abandoned) return;
    this.abandoned = true;
    this.fail(message);
    this.hangUp();
  }

  private hangUp(): void {
    this.endedBy = 'caller';
    this.parts.leg.hangUp('normal').catch((error: unknown) => { this.fail(`the caller could not hang up: ${String(error)}`); });
  }
}
