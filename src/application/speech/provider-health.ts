import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/port-error.js';

/** Attempts older than this say nothing about now. */
const WINDOW_MS = 30_000;
/** So many failures in the window, and half of all attempts in it, and the provider is left alone. */
const FAILURES_MIN = 3;
const FAILED_SHARE = 0.5;
const ATTEMPTS_KEPT = 100;
/** How long it is left alone: doubled with each canary that fails. */
const REST_MIN_MS = 5000;
const REST_MAX_MS = 300_000;

export type HealthState = 'well' | 'resting' | 'on trial';

/** One use of a provider. The first outcome counts, later ones do nothing. */
export interface Attempt {
  succeeded(): void;
  /** Bad input (`rejected`) counts neither way; a refused key counts for all. */
  failed(error: unknown): void;
  /** Ended by us, or nothing can be said: counts neither way. */
  abandoned(): void;
}

/**
 * What all calls of this process know about one provider account: a window of outcomes; after too many failures a rest; after the rest
 * one attempt on trial, and all again when it succeeds.
 */
export class ProviderHealth {
  private outcomes: { readonly atMs: number; readonly failed: boolean }[] = [];
  private restUntilMs = 0;
  private restMs = REST_MIN_MS;
  private current: HealthState = 'well';
  private trial: Attempt | null = null;

  constructor(private readonly clock: Clock, private readonly onChange: (state: HealthState) => void = () => undefined) {}

  get state(): HealthState {
    return this.current;
  }

  /** Whether an attempt would be let through now. */
  get admits(): boolean {
    if (this.current === 'resting') return this.clock.nowMs() >= this.restUntilMs;
    return this.current === 'well' || this.trial === null;
  }

  /** Null: leave it alone for now. */
  attempt(): Attempt | null {
    if (!this.admits) return null;
    if (this.current === 'resting') this.become('on trial');
    const attempt = this.watch();
    if (this.current === 'on trial') this.trial = attempt;
    return attempt;
  }

  /** An attempt all the same: for when there is nobody else, and trying is better than silence. */
  insist(): Attempt {
    return this.attempt() ?? this.watch();
  }

  private watch(): Attempt {
    let open = true;
    const once = (act: (attempt: Attempt) => void) => (): void => {
      if (!open) return;
      open = false;
      act(attempt);
    };
    const attempt: Attempt = {
      succeeded: once((mine) => { this.note(false, mine); }),
      failed: (error) => {
        if (isBadInput(error)) attempt.abandoned();
        else once((mine) => { this.note(true, mine, isRefusal(error)); })();
      },
      abandoned: once((mine) => { if (this.trial === mine) this.trial = null; }),
    };
    return attempt;
  }

  private note(failed: boolean, attempt: Attempt, refused = false): void {
    const nowMs = this.clock.nowMs();
    this.outcomes = [...this.outcomes.filter(({ atMs }) => nowMs - atMs < WINDOW_MS).slice(-ATTEMPTS_KEPT), { atMs: nowMs, failed }];
    if (this.trial === attempt) this.judgeTrial(failed, nowMs);
    else if (this.current === 'well' && failed && (refused || this.failsTooOften())) this.rest(nowMs);
  }

  private judgeTrial(failed: boolean, nowMs: number): void {
    this.trial = null;
    if (failed) {
      this.restMs = Math.min(REST_MAX_MS, 2 * this.restMs);
      this.rest(nowMs);
      return;
    }
    this.outcomes = [];
    this.restMs = REST_MIN_MS;
    this.become('well');
  }

  private failsTooOften(): boolean {
    const failures = this.outcomes.filter(({ failed }) => failed).length;
    return failures >= FAILURES_MIN && failures >= FAILED_SHARE * this.outcomes.length;
  }

  private rest(nowMs: number): void {
    this.restUntilMs = nowMs + this.restMs;
    this.become('resting');
  }

  private become(state: HealthState): void {
    if (state === this.current) return;
    this.current = state;
    this.onChange(state);
  }
}

/** One call asked for what cannot be had, such as a voice that does not exist: no fault of the provider. */
function isBadInput(error: unknown): boolean {
  return isPortError(error) && error.kind === 'rejected' && !isRefusal(error);
}

/** "No" to our key will be "no" the next time too: there is nothing to wait for. */
function isRefusal(error: unknown): boolean {
  return isPortError(error) && error.code.endsWith('/unauthorised');
}
