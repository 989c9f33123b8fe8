import type { Span } from './audio-timeline.js';
import type { CallerAct } from './measure-call.js';

/** A check of the script and the stretch of the call it looks at. */
export interface Check {
  readonly stepIndex: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was recognised in the agent's audio between two acts of the caller. */
export interface Hearing extends Span {
  readonly text: string;
  /** Words that the recogniser has no sound for: nobody can expect it to write them. */
  readonly unknownWords: ReadonlySet<string>;
  /** Why nothing could be recognised; null if it was tried. */
  readonly failure: string | null;
}

/** A call that is over, as far as the simulator itself knows. All times on its clock. */
export interface CallOutcome {
  /** Null: it never was. */
  readonly answeredAtMs: number | null;
  readonly endedAtMs: number;
  readonly endedBy: 'caller' | 'far-end';
  readonly causeCode: number | null;
  readonly acts: readonly CallerAct[];
  /** Voices of the far end as received, since the answer. */
  readonly agent: readonly Span[];
  readonly waitsForEndFromMs: number | null;
  readonly checks: readonly Check[];
  readonly hearings: readonly Hearing[];
  /** Given up half way, by its limit or the user: only its faults say something. */
  readonly abandoned: boolean;
  /** What went otherwise than scripted. */
  readonly faults: readonly string[];
}
