/** Stops what a call of `Clock` or a listener registration began. Safe to call twice. */
export type Cancel = () => void;

/** Time as an argument. Every timer of the inside is made here, so tests move time by hand. */
export interface Clock {
  /** Monotonic milliseconds (fractions allowed) on the one clock that media, engine and reports share. Never steps back. */
  nowMs(): number;
  /** Wall time as ISO 8601 UTC with milliseconds, for state and events only; never for differences. */
  wallTime(): string;
  /** Runs `act` once, not before `delayMs` has passed. A throw in `act` is the owner's bug and must not stop other timers. */
  after(delayMs: number, act: () => void): Cancel;
}
