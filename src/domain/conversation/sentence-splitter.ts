import { findBoundary } from './sentence-boundary.js';
import { clean, OPEN_CLEANER, type CleanerState } from './speech-text.js';

/** Longest piece, characters. */
export const PIECE_CHARACTERS_MAX = 300;

/** Text that came and has not been given out. Plain data. */
export interface SplitterState {
  readonly cleaner: CleanerState;
  readonly text: string;
  /** Something was given out: from now on whole sentences only. */
  readonly begun: boolean;
}

export interface SplitStep {
  readonly state: SplitterState;
  readonly pieces: readonly string[];
}

export const OPEN_SPLITTER: SplitterState = { cleaner: OPEN_CLEANER, text: '', begun: false };

/** Takes the next delta, cut anywhere, and gives out what can be spoken now. */
export function splitDelta(state: SplitterState, delta: string): SplitStep {
  const cleaned = clean(state.cleaner, delta);
  return takePieces({ ...state, cleaner: cleaned.state, text: state.text + cleaned.text }, false);
}

/** The text is complete (for now): gives out the rest, and begins anew. */
export function splitRest(state: SplitterState): SplitStep {
  const cleaned = clean(state.cleaner, '', true);
  const { pieces } = takePieces({ ...state, text: state.text + cleaned.text }, true);
  return { state: { ...OPEN_SPLITTER, begun: state.begun || pieces.length > 0 }, pieces };
}

function takePieces(state: SplitterState, last: boolean): SplitStep {
  const pieces: string[] = [];
  let { text, begun } = state;
  for (;;) {
    const end = findBoundary(text, { clause: !begun, charactersMax: PIECE_CHARACTERS_MAX, last });
    if (end === null) break;
    const piece = asPiece(text.slice(0, end));
    text = text.slice(end);
    if (piece === '') continue;
    pieces.push(piece);
    begun = true;
  }
  return { state: { ...state, text, begun }, pieces };
}

/** A piece without a letter or digit has no sound: it is left out, as a synthesiser would fail on it. */
function asPiece(text: string): string {
  return /[\p{L}\p{N}]/u.test(text) ? text.replace(/\s+/gu, ' ').trim() : '';
}

/** A text that is complete: one piece, cleaned and otherwise as it stands, unless it is too long for one. None when nothing of it has a sound. */
export function wholePieces(text: string): readonly string[] {
  const whole = asPiece(clean(OPEN_CLEANER, text, true).text);
  if (whole === '') return [];
  if (whole.length <= PIECE_CHARACTERS_MAX) return [whole];
  const splitter = new SentenceSplitter();
  return [...splitter.push(text), ...splitter.flush()];
}

/**
 * Text deltas in, speakable pieces out. The first piece ends at the first clause, so that the voice begins early; later
 * pieces are whole sentences of at most 300 characters. Joined by blanks the pieces are the cleaned text, but for
 * marks that stand alone.
 */
export class SentenceSplitter {
  private state: SplitterState = OPEN_SPLITTER;

  push(delta: string): readonly string[] {
    return this.advance(splitDelta(this.state, delta));
  }

  flush(): readonly string[] {
    return this.advance(splitRest(this.state));
  }

  private advance(step: SplitStep): readonly string[] {
    this.state = step.state;
    return step.pieces;
  }
}
