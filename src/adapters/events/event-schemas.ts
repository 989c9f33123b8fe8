import { z } from 'zod';
import type { EventBody, EventType } from '../../domain/shared/domain-event.js';
import { TERMINATIONS, type TerminationReason } from '../../domain/call/termination.js';

/**
 * What consumers get as `data` of each event: the source of docs/events.md and docs/asyncapi.yaml. Additive only; a break
 * gets a new version of the type. `satisfies` below keeps these in step with the domain's events, both ways.
 */
const reasons = Object.keys(TERMINATIONS) as [TerminationReason, ...TerminationReason[]];
const text = (doc: string) => z.string().describe(doc);
const ms = (doc: string) => z.number().describe(doc);
const count = (doc: string) => z.int().min(0).describe(doc);
const turnIndex = count('Turn of the call, from 1; 0 before the first.');
const reason = z.enum(reasons).describe('Why; see the list of reasons.');
const recordingId = text('Id of the recording; sorts by the time it began.');
const stage = (doc: string) => z.number().nullable().describe(doc);

const lineCause = (doc: string) => z.object({
  code: count('Value of the cause, ITU-T Q.850.'), name: text('Its name in that standard.'),
}).readonly().optional().describe(doc);

const latency = z.object({
  endpointMs: stage('End of caller speech → turn decided to be over.'),
  sttFinalMs: stage('Turn over → final transcript.'),
  agentFirstTextMs: stage('Agent asked → first text of the reply.'),
  ttsFirstAudioMs: stage('First sentence given to synthesis → its first audio.'),
  playoutMs: stage('First audio → handed to the network.'),
  totalMs: stage('End of caller speech → first agent audio handed to the network.'),
});

const source = z.enum(['notice', 'greeting', 'resumption', 'agent', 'filler', 'silence', 'not-understood', 'fallback', 'goodbye', 'operator']).describe('The agent\'s words, those of an operator, or which fixed prompt.');

export interface EventSchema<Data> {
  /** When it is published. */
  readonly doc: string;
  readonly data: z.ZodType<Data>;
}

/** Body of an event without its type. */
export type EventData<Type extends EventType> = Omit<Extract<EventBody, { type: Type }>, 'type'>;

/** Same fields, same types, in both directions. */
type InStep<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never;
type Checked<Schemas> = { [Type in EventType]: Type extends keyof Schemas
  ? Schemas[Type] extends { readonly data: z.ZodType<infer Data> } ? EventSchema<EventData<Type>> & InStep<Data, EventData<Type>> : never
  : never };

const SCHEMAS = {
  'call.started': { doc: 'A call was offered to us, or we place one.', data: z.object({
    direction: z.enum(['inbound', 'outbound']).describe('Who called whom.'), callerNumber: text('Number of the caller.'),
    calleeNumber: text('Number that was dialled.'), agentId: text('Agent that takes the call.'), trunk: text('Trunk it came in by; empty if unknown.'),
    correlationId: text('Given by the edge in front of us; empty if none.'),
  }) },
  'call.rejected': { doc: 'Refused before it was answered; also for numbers that belong to nobody (tenant id then empty).', data: z.object({
    calleeNumber: text('Number that was dialled.'), reason, correlationId: text('Given by the edge in front of us; empty if none.'),
  }) },
  'call.answered': { doc: 'Answered, with audio open.', data: z.object({ setupMs: ms('Offer → answered.') }) },
  'call.resumed': { doc: 'Another gateway goes on with the call: its own had died.', data: z.object({ formerNode: text('Node that had run it.'), gapMs: ms('How long the caller heard nothing, at least.') }) },
  'call.escalated': { doc: 'The agent asked for a person.', data: z.object({ reason: text('Reason the agent gave.') }) },
  'call.transferred': { doc: 'The caller was handed over.', data: z.object({
    target: text('Extension, number or queue.'), kind: z.enum(['extension', 'number', 'queue']).describe('What the target is.'),
  }) },
  'call.transfer_failed': { doc: 'Handing over did not work; the conversation goes on, unless the call ended meanwhile.', data: z.object({
    target: text('Extension, number or queue.'), reason: text('Why: busy, no-answer, rejected or unreachable; caller-gone, when he hung up meanwhile, or call-over, when the call ended otherwise (call.ended follows, and says how); declined, hung-up or no-decision, of a person who was asked; queue-full, queue-empty or queue-timeout; not-allowed or not-possible; or the code of a failure such as telephony/timeout.'),
    cause: lineCause('Of the line to the target, where it was called and gave one.'),
  }) },
  'call.ended': { doc: 'The call is over; always the last event of a call, exactly once.', data: z.object({
    result: z.enum(['success', 'client_error', 'server_error', 'upstream_error', 'indeterminate']).describe('Whose doing it was.'), reason,
    durationMs: ms('Offer → end.'), turns: count('Turns of the caller.'),
    speech: z.array(z.object({
      provider: text('Name of the account; local for the engines of the gateway.'), recognisedMs: ms('Audio given to its recogniser.'),
      synthesisedCharacters: count('Characters given to its synthesiser; prompts that were in memory are not among them.'),
    }).readonly()).readonly().describe('What was used of each speech provider, since the process that ended the call has led it.'),
    cause: lineCause('Of the line, where its end was the end of the call and a cause came with it.'),
  }) },
  'dtmf.received': { doc: 'The caller pressed a key. Which one is not told: it may be part of a card number.', data: z.object({}) },
  'stt.transcribed': { doc: 'A turn of the caller was understood.', data: z.object({
    turnIndex, text: text('What the caller said; empty for digits.'), confidence: z.number().nullable().describe('0 to 1; null if the recogniser gives none.'),
    via: z.enum(['speech', 'digits']).describe('Spoken, or entered by keypad.'), digitCount: count('Digits entered; which ones is not told.'),
    startAtMs: ms('Clock time the voice began.'), endAtMs: ms('Clock time the voice ended.'),
  }) },
  'stt.corrected': { doc: 'What an earlier event told is another text now: a number in it has turned out to be a card number. Replace its text.', data: z.object({
    turnIndex, speaker: z.enum(['caller', 'agent']).describe('Whose words.'), sequence: count('`sequence` of the stt.transcribed or turn.completed that told them.'),
    text: text('What is in the place of its text (or of what was said).'), heard: text('What is in the place of what was heard; the text, for the caller.'),
  }) },
  'pci.masked': { doc: 'Parts of what the event before it tells are hidden: card numbers, security codes, expiry dates. Their values are told to nobody.', data: z.object({
    turnIndex, count: count('How many parts.'),
  }) },
  'llm.responded': { doc: 'The agent\'s reply is complete.', data: z.object({
    turnIndex, text: text('The whole reply.'), actions: z.array(z.string()).readonly().describe('What it asked for besides speaking: transfer, hangup, ….'),
    firstTextMs: stage('Agent asked → first text; null if there was none.'), totalMs: ms('Agent asked → reply complete.'),
  }) },
  'tts.generated': { doc: 'A piece of speech was synthesised.', data: z.object({
    turnIndex, text: text('What is said.'), source, firstAudioMs: ms('Asked → first audio.'), audioMs: ms('Length of the speech.'),
  }) },
  'turn.completed': { doc: 'A reply or prompt is over, with what the caller heard of it.', data: z.object({
    turnIndex, source, said: text('What was to be said.'), heard: text('The part that was played.'), interrupted: z.boolean().describe('The caller cut in, or hung up before the end.'),
    startedAtMs: ms('Clock time of the first audio.'), endedAtMs: ms('Clock time of the last audio.'),
    latency: latency.nullable().describe('Where the time of the turn went; null for prompts nobody asked for.'),
  }) },
  'caller.interrupted': { doc: 'The caller spoke over the agent, who stopped.', data: z.object({
    turnIndex, onsetAtMs: ms('Clock time the caller began.'), stopMs: ms('Onset → last agent frame.'), heard: text('What had been played.'),
  }) },
  'caller.silent': { doc: 'The caller said nothing when it was their turn.', data: z.object({ attempt: count('How many times in a row, from 1.') }) },
  'error.stt_failed': { doc: 'Speech recognition failed or was late.', data: z.object({ code: text('Stable code of the failure.') }) },
  'error.llm_timeout': { doc: 'The agent did not answer in time.', data: z.object({ code: text('Stable code of the failure.'), turnIndex }) },
  'error.llm_failed': { doc: 'The agent failed.', data: z.object({ code: text('Stable code of the failure.'), turnIndex }) },
  'error.tts_failed': { doc: 'Speech synthesis failed or was late.', data: z.object({ code: text('Stable code of the failure.'), turnIndex }) },
  'recording.started': { doc: 'Recording begins: the caller has heard the notice to its end.', data: z.object({ recordingId, sampleRateHz: count('Samples a second of each of the two channels.') }) },
  'recording.paused': { doc: 'Recording pauses: silence is stored until it is resumed.', data: z.object({ recordingId }) },
  'recording.resumed': { doc: 'Recording goes on after a pause.', data: z.object({ recordingId }) },
  'recording.ended': { doc: 'A recording is complete and kept.', data: z.object({
    recordingId, reason: z.enum(['call-over', 'transferred', 'stopped', 'failed']).describe('Why: the call is over, a person has the caller, it was stopped by order, or it could not be written any more.'),
    durationMs: ms('Length of it.'), bytes: count('Of audio, before it is sealed.'),
  }) },
  'recording.refused': { doc: 'The caller does not want to be recorded. Nothing of this call is kept, and the next calls of that number are not recorded.', data: z.object({
    by: z.enum(['key', 'phrase', 'order']).describe('By the key, by words, or by an order from outside.'),
  }) },
  'recording.erased': { doc: 'Nothing of a recording is left. May come long after the call: then its sequence is 0.', data: z.object({
    recordingId, cause: z.enum(['refused', 'retention', 'order', 'subject']).describe('The caller refused it, its time was up, somebody who may has erased it, or a person is forgotten.'),
  }) },
};

export const EVENT_SCHEMAS: { readonly [Type in EventType]: EventSchema<EventData<Type>> } = SCHEMAS satisfies Checked<typeof SCHEMAS> & Record<Exclude<keyof typeof SCHEMAS, EventType>, never>;
