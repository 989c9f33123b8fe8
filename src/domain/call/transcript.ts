import type { ConversationEvent } from '../conversation/conversation-events.js';

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
export function transcriptWith(transcript: readonly TranscriptTurn[], event: ConversationEvent): readonly TranscriptTurn[] {
  const turn = turnOf(event);
  return turn === null ? transcript : [...transcript.slice(1 - TRANSCRIPT_TURNS_MAX), turn];
}

function turnOf(event: ConversationEvent): TranscriptTurn | null {
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
