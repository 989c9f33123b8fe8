import type { DomainEvent, EventType } from '../shared/domain-event.js';

/** Fields that hold what was said in a call: they are forgotten before the rest. */
const WORDS: Partial<Readonly<Record<EventType, readonly string[]>>> = {
  'call.escalated': ['reason'],
  'stt.transcribed': ['text'],
  'stt.corrected': ['text', 'heard'],
  'llm.responded': ['text'],
  'tts.generated': ['text'],
  'turn.completed': ['said', 'heard'],
  'caller.interrupted': ['heard'],
};

/** By field of the body. */
export type EventWords = Readonly<Record<string, string>>;

/** What was said with the event; null: nothing. */
export function wordsOf({ body }: DomainEvent): EventWords | null {
  const fields = body as Readonly<Record<string, unknown>>;
  const words = (WORDS[body.type] ?? []).flatMap((name) => {
    const word = fields[name];
    return typeof word === 'string' && word !== '' ? [[name, word] as const] : [];
  });
  return words.length === 0 ? null : Object.fromEntries(words);
}

/** The same event as it is kept when the words are to be forgotten: empty in their place. */
export function wordless(event: DomainEvent): DomainEvent {
  const words = wordsOf(event);
  return words === null ? event : withWords(event, Object.fromEntries(Object.keys(words).map((name) => [name, ''])));
}

/** Puts back what `wordsOf` has taken. */
export function withWords(event: DomainEvent, words: EventWords): DomainEvent {
  const known = WORDS[event.body.type] ?? [];
  const restored = Object.fromEntries(Object.entries(words).filter(([name]) => known.includes(name)));
  return { ...event, body: { ...event.body, ...restored } };
}
