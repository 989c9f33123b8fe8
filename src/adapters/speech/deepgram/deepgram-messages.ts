import { readJsonObject } from '../wire/json-message.js';

/* The messages of Deepgram's /v1/listen that we read (developers.deepgram.com, live audio; wire-formats.md). */

export interface DeepgramResults {
  readonly type: 'Results';
  readonly transcript: string;
  readonly confidence: number | null;
  readonly isFinal: boolean;
  /** The answer to our Finalize. */
  readonly fromFinalize: boolean;
}

export type DeepgramMessage = DeepgramResults | { readonly type: 'Error'; readonly description: string } | { readonly type: 'other' };

/** Null: that is no message of theirs. */
export function readDeepgram(text: string): DeepgramMessage | null {
  const message = readJsonObject(text);
  if (message === null) return null;
  const { type, ...fields } = message;
  if (type === 'Results') return readResults(fields);
  if (type === 'Error') return { type: 'Error', description: [fields['description'], fields['message']].find((text) => typeof text === 'string') ?? 'unknown' };
  return typeof type === 'string' ? { type: 'other' } : null;
}

function readResults(fields: Readonly<Record<string, unknown>>): DeepgramResults | null {
  const { channel } = fields;
  const alternatives: unknown = typeof channel === 'object' && channel !== null ? (channel as Record<string, unknown>)['alternatives'] : null;
  const best: unknown = Array.isArray(alternatives) ? alternatives[0] : null;
  if (typeof best !== 'object' || best === null) return null;
  const { transcript, confidence } = best as Record<string, unknown>;
  if (typeof transcript !== 'string') return null;
  return {
    type: 'Results', transcript, confidence: typeof confidence === 'number' && transcript !== '' ? confidence : null,
    isFinal: fields['is_final'] === true, fromFinalize: fields['from_finalize'] === true,
  };
}
