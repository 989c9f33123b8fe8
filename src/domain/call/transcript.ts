import type { Rewrite } from '../privacy/discretion.js';
import type { EventBody } from '../shared/domain-event.js';

/** One turn as the record of the call keeps it, so that another node can go on with the conversation. */
export interface TranscriptTurn {
  readonly speaker: 'caller' | 'agent';
  /** What was said, or was to be said; cut to `TURN_CHARACTERS_MAX`. */
  readonly text: string;
  /** The part that the other side heard. */
  readonly heard: string;
  /** The other side cut in. */
  readonly interrupted: boolean;
}

/** Turns kept: more than an agent is ever given as context. */
export const TRANSCRIPT_TURNS_MAX = 50;
export const TURN_CHARACTERS_MAX = 1000;

/** The transcript with what `event` adds to it: the same one when it adds nothing. The oldest turn goes when it is full. */
export function transcriptWith(transcript: readonly TranscriptTurn[], event: EventBody): readonly TranscriptTurn[] {
  const turn = turnOf(event);
  return turn === null ? transcript : [...transcript.slice(1 - TRANSCRIPT_TURNS_MAX), turn];
}

/** The transcript with turns whose text is another one now: for each rewrite the newest turn that said it. */
export function rewritten(transcript: readonly TranscriptTurn[], rewrites: readonly Rewrite[]): readonly TranscriptTurn[] {
  return rewrites.reduce((turns, { speaker, was, text, heard }) => {
    const at = turns.findLastIndex((turn) => turn.speaker === speaker && turn.text === cutTurn(was));
    return turns.map((turn, index) => (index === at ? { ...turn, text: cutTurn(text), heard: cutTurn(heard) } : turn));
  }, transcript);
}

function turnOf(event: EventBody): TranscriptTurn | null {
  if (event.type === 'stt.transcribed') {
    // Which digits is not told: they may be part of a card number.
    const text = cutTurn(event.via === 'digits' ? `(${event.digitCount} digits by keypad)` : event.text);
    return { speaker: 'caller', text, heard: text, interrupted: false };
  }
  if (event.type !== 'turn.completed' || event.said === '') return null;
  return { speaker: 'agent', text: cutTurn(event.said), heard: cutTurn(event.heard), interrupted: event.interrupted };
}

export function cutTurn(text: string): string {
  return text.length <= TURN_CHARACTERS_MAX ? text : `${text.slice(0, TURN_CHARACTERS_MAX - 1)}…`;
}
