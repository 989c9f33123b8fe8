import type { EventType } from '../../domain/shared/domain-event.js';

/** Families of events; each has a topic of its own, `<prefix>.<family>`. */
export const EVENT_FAMILIES = {
  call: 'What happened to the call as a whole.',
  speech: 'What was understood, answered and said.',
  conversation: 'How the conversation went: turns, interruptions, silence, keys.',
  recording: 'What was recorded, refused and erased.',
  error: 'A stage that failed or was late.',
} as const;

export type EventFamily = keyof typeof EVENT_FAMILIES;

/** First word of the type → family. */
const FAMILY_OF: Readonly<Record<FirstWord<EventType>, EventFamily>> = {
  call: 'call',
  stt: 'speech', llm: 'speech', tts: 'speech',
  turn: 'conversation', caller: 'conversation', dtmf: 'conversation', pci: 'conversation',
  recording: 'recording',
  error: 'error',
};

type FirstWord<Type extends string> = Type extends `${infer Word}.${string}` ? Word : never;

export function familyOf(type: EventType): EventFamily {
  return FAMILY_OF[type.slice(0, type.indexOf('.')) as FirstWord<EventType>];
}

/** `voicegw` + `call.answered` → `voicegw.call`. */
export function topicOf(prefix: string, type: EventType): string {
  return topicNamed(prefix, familyOf(type));
}

export function topicNamed(prefix: string, family: EventFamily): string {
  return `${prefix}.${family}`;
}

export function topicNames(prefix: string): readonly string[] {
  return (Object.keys(EVENT_FAMILIES) as EventFamily[]).map((family) => topicNamed(prefix, family));
}
