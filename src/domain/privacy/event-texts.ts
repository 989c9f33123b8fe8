import type { EventBody, EventType } from '../shared/domain-event.js';
import { maskText } from './mask-text.js';

/**
 * What a text of an event is. `name`: ours, or from a closed list (ids, codes, kinds); told as it is. `number`: a telephone
 * number that the event is about, told as it is. `destination`: where a call goes, as an agent or a person wrote it; told as it
 * is unless it is a card number. `words`: said by somebody, or made by an agent; told masked.
 */
export type TextKind = 'name' | 'number' | 'destination' | 'words';

/** Whether a value may hold a text that no closed list names. */
type Loose<Value> = string extends Value ? true
  : Value extends readonly (infer Item)[] ? Loose<Item>
    : Value extends object ? (true extends { [Name in keyof Value]: Loose<Value[Name]> }[keyof Value] ? true : false)
      : false;
type LooseFields<Body> = { [Name in keyof Body as Name extends 'type' ? never : true extends Loose<Body[Name]> ? Name : never]-?: TextKind };
type EventTexts = { readonly [Type in EventType]: Readonly<LooseFields<Extract<EventBody, { type: Type }>>> };

/**
 * Every text of every event. A new event, or a new text in one, does not compile before it is named here: so nothing said in a
 * call can leave it because somebody forgot. Of lists and objects, `words` is masked in every text within.
 */
export const EVENT_TEXTS = {
  'call.started': { callerNumber: 'number', calleeNumber: 'number', agentId: 'name', trunk: 'name', correlationId: 'name' },
  'call.rejected': { calleeNumber: 'number', correlationId: 'name' },
  'call.answered': {},
  'call.resumed': { formerNode: 'name' },
  'call.escalated': { reason: 'words' },
  'call.transferred': { target: 'destination' },
  'call.transfer_failed': { target: 'destination', reason: 'name', cause: 'name' },
  'call.ended': { speech: 'name', cause: 'name' },
  'dtmf.received': {},
  'stt.transcribed': { text: 'words' },
  'stt.corrected': { text: 'words', heard: 'words' },
  'pci.masked': {},
  'llm.responded': { text: 'words', actions: 'name' },
  'tts.generated': { text: 'words' },
  'turn.completed': { said: 'words', heard: 'words' },
  'caller.interrupted': { heard: 'words' },
  'caller.silent': {},
  'recording.started': { recordingId: 'name' },
  'recording.paused': { recordingId: 'name' },
  'recording.resumed': { recordingId: 'name' },
  'recording.ended': { recordingId: 'name' },
  'recording.refused': {},
  'recording.erased': { recordingId: 'name' },
  'error.stt_failed': { code: 'name' },
  'error.llm_timeout': { code: 'name' },
  'error.llm_failed': { code: 'name' },
  'error.tts_failed': { code: 'name' },
} as const satisfies EventTexts;

/** The event with `mask` applied to each of its words, and its destinations looked at. The same one when it has neither. */
export function withWordsMasked<Body extends EventBody>(body: Body, mask: (text: string) => string): Body {
  const kinds: Readonly<Record<string, TextKind>> = EVENT_TEXTS[body.type];
  const masked = Object.entries(body).flatMap(([name, value]) => {
    if (kinds[name] === 'words') return [[name, maskedIn(value, mask)] as const];
    return kinds[name] === 'destination' ? [[name, maskedIn(value, maskText)] as const] : [];
  });
  return masked.length === 0 ? body : { ...body, ...Object.fromEntries(masked) };
}

function maskedIn(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskedIn(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskedIn(item, mask)]));
}
