import type { ActProgress } from '../../domain/simulation/step-machine.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { MediaLeg } from '../ports/media-leg.js';
import type { CallLeg } from '../ports/telephony.js';
import type { CallTracks } from './call-tracks.js';

export interface CallerMouthParts {
  readonly clock: Clock;
  readonly leg: CallLeg;
  readonly media: MediaLeg;
  readonly tracks: CallTracks;
  readonly signal: AbortSignal;
  /** Something the caller should have done failed. */
  readonly onFailure: (error: unknown) => void;
}

/** How long Asterisk presses a key, unless told otherwise. */
const KEY_MS = 100;

interface Speaking {
  readonly kind: 'speaking';
  readonly stepIndex: number;
  readonly askedAtMs: number;
  readonly clip: Int16Array;
  fed: number;
  /** When the leg had nothing more to send; null before. */
  drainedAtMs: number | null;
}

interface Pressing {
  readonly kind: 'pressing';
  readonly stepIndex: number;
  readonly startMs: number;
  endMs: number | null;
}

/** The caller's voice and fingers. One act at a time; how far it has come is told from what was really sent. */
export class CallerMouth {
  private act: Speaking | Pressing | null = null;
  private cancelKey: Cancel = () => undefined;

  constructor(private readonly parts: CallerMouthParts) {}

  speak(stepIndex: number, clip: Int16Array): void {
    this.act = { kind: 'speaking', stepIndex, askedAtMs: this.parts.clock.nowMs(), clip, fed: 0, drainedAtMs: null };
    this.pump();
  }

  press(stepIndex: number, digits: string, gapMs: number): void {
    const act: Pressing = { kind: 'pressing', stepIndex, startMs: this.parts.clock.nowMs(), endMs: null };
    this.act = act;
    this.pressNext(act, digits, gapMs);
  }

  /** Hands on what the leg has room for. Call it a few times a second at least. */
  pump(): void {
    const { act } = this;
    if (act?.kind !== 'speaking') return;
    const { media, clock } = this.parts;
    if (act.fed < act.clip.length) act.fed += media.play(act.clip.subarray(act.fed, act.fed + media.playoutSpace));
    if (act.fed === act.clip.length && media.playoutPending === 0) act.drainedAtMs ??= clock.nowMs();
  }

  /** Null until the first sound of the current act is on its way. */
  progress(): ActProgress | null {
    const { act } = this;
    if (act === null) return null;
    return act.kind === 'pressing' ? act : this.spoken(act);
  }

  close(): void {
    this.cancelKey();
    this.act = null;
  }

  private spoken({ stepIndex, askedAtMs, drainedAtMs }: Speaking): ActProgress | null {
    const voice = this.parts.tracks.callerVoice(askedAtMs);
    if (voice === null) return null;
    const told = drainedAtMs !== null && this.parts.tracks.sentUntilMs >= drainedAtMs; // what was sent last may be told a little later
    return { stepIndex, startMs: voice.startMs, endMs: told ? voice.endMs : null };
  }

  /** Key by key, so that the pace is ours and the time of the last one is known. */
  private pressNext(act: Pressing, digits: string, gapMs: number): void {
    const { leg, clock, signal, onFailure } = this.parts;
    const pressedAtMs = clock.nowMs();
    leg.sendDtmf(digits.slice(0, 1), signal).catch((error: unknown) => {
      if (!signal.aborted && !leg.ended) onFailure(error);
    });
    const rest = digits.slice(1);
    this.cancelKey = clock.after(rest === '' ? KEY_MS : KEY_MS + gapMs, () => {
      if (rest === '') act.endMs = pressedAtMs + KEY_MS;
      else this.pressNext(act, rest, gapMs);
    });
  }
}
