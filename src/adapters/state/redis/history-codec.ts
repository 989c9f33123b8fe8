import { z } from 'zod';
import type { CallSummary } from '../../../domain/call/call-summary.js';
import { type EventWords, withWords, wordless, wordsOf } from '../../../domain/call/event-words.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';

/** Of what another version of this program wrote, only that is demanded which is worked with. */
const SUMMARY = z.looseObject({ callId: z.string(), tenantId: z.string(), state: z.string(), startedAt: z.string(), callerNumber: z.string(), calleeNumber: z.string() });
const EVENT = z.looseObject({ id: z.string(), sequence: z.number(), occurredAt: z.string(), atMs: z.number(), body: z.looseObject({ type: z.string() }) });
const WORDS = z.record(z.string(), z.string());

/** An event as APPEND_HISTORY takes it. */
export function encodeEvent(event: DomainEvent): readonly string[] {
  const words = wordsOf(event);
  return [JSON.stringify(wordless(event)), event.id, words === null ? '' : JSON.stringify(words)];
}

/** Null: what is stored is no summary. */
export function decodeSummary(text: string): CallSummary | null {
  return parsed(SUMMARY, text) as unknown as CallSummary | null; // ids are branded only for the compiler, here and below
}

/** `words`: id, words, id, words … What cannot be read is left out. */
export function decodeEvents(texts: readonly string[], words: readonly string[]): readonly DomainEvent[] {
  const wordsById = new Map<string, EventWords>();
  for (let at = 0; at + 1 < words.length; at += 2) wordsById.set(words[at] ?? '', parsed(WORDS, words[at + 1] ?? '') ?? {});
  return texts.flatMap((text) => {
    const event = parsed(EVENT, text) as unknown as DomainEvent | null;
    return event === null ? [] : [withWords(event, wordsById.get(event.id) ?? {})];
  });
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null; // the caller goes on without it
  }
}
