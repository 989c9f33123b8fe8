import { readJsonObject } from '../wire/json-message.js';

/* The messages of Deepgram's /v2/listen (Flux) that we read (developers.deepgram.com; wire-formats.md). */

export type FluxMessage =
  | { readonly type: 'turn'; readonly isOver: boolean; readonly transcript: string }
  | { readonly type: 'error'; readonly description: string }
  | { readonly type: 'other' };

/** Null: that is no message of theirs. */
export function readFlux(text: string): FluxMessage | null {
  const message = readJsonObject(text);
  const type = message?.['type'];
  if (message === null || typeof type !== 'string') return null;
  if (type === 'Error') return { type: 'error', description: [message['description'], message['code']].find((each) => typeof each === 'string') ?? 'unknown' };
  if (type !== 'TurnInfo') return { type: 'other' };
  const { event, transcript } = message;
  return typeof transcript === 'string' ? { type: 'turn', isOver: event === 'EndOfTurn', transcript } : null;
}
