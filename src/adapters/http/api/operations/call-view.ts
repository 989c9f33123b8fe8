import { z } from 'zod';
import type { CallAccount } from '../../../../application/application.js';
import { storyOf } from '../../../../domain/call/call-story.js';
import type { CallSummary } from '../../../../domain/call/call-summary.js';
import { rounded, roundedMs } from '../rounded.js';

const time = (doc: string) => z.iso.datetime().meta({ description: doc });
const sinceStart = (doc: string) => z.number().meta({ description: `${doc} Milliseconds since the call began.` });

export const CALL_STATES = ['ringing', 'answered', 'active', 'transferred', 'ended'] as const;
export const CALL_DIRECTIONS = ['inbound', 'outbound'] as const;

export const SPEECH_USE = z.object({
  provider: z.string().meta({ description: 'Name of the account; local: the engines of the gateway itself.' }),
  recognisedMs: z.number().meta({ description: 'Audio given to its recogniser.' }),
  synthesisedCharacters: z.int().meta({ description: 'Characters given to its synthesiser.' }),
}).meta({ id: 'SpeechUse' });

const LINE_CAUSE = z.object({
  code: z.int().meta({ description: 'ITU-T Q.850 cause value.' }), name: z.string().meta({ description: 'Its name in that standard.' }),
}).meta({ id: 'LineCause', description: 'With which a telephone line ended, as the far end or the carrier gave it.' });

const CALL_SHAPE = {
  callId: z.string().meta({ description: 'ULID; sorts by the time the call began.' }),
  tenantId: z.string(),
  state: z.enum(CALL_STATES),
  direction: z.enum(CALL_DIRECTIONS),
  callerNumber: z.string(),
  calleeNumber: z.string(),
  agentId: z.string(),
  conversationId: z.string().nullable().meta({ description: 'At the agent.' }),
  startedAt: time('When it began to ring.'),
  answeredAt: time('When it was answered.').nullable(),
  endedAt: time('When it ended.').nullable(),
  endReason: z.string().nullable().meta({ description: 'One of the closed table of reasons; null while it lives.' }),
  endCause: LINE_CAUSE.nullable().meta({ description: 'Of the line; null while the call lives, where the gateway has ended it, and where no cause came.' }),
  durationMs: z.number().nullable().meta({ description: 'From its beginning to its end; null while it lives.' }),
  turns: z.int().nullable().meta({ description: 'Turns of the caller; null while it lives.' }),
  sttProvider: z.string(),
  ttsProvider: z.string(),
  correlationId: z.string().meta({ description: 'Given by the edge in front of us; empty if none.' }),
} as const;

/** A call as lists show it. */
export const CALL_VIEW = z.object(CALL_SHAPE).meta({ id: 'Call' });

const TURN = z.object({
  speaker: z.enum(['caller', 'agent']), turnIndex: z.int(),
  atMs: sinceStart('When it was known.'), startMs: sinceStart('Begin of the voice.'), endMs: sinceStart('End of the voice.'),
  text: z.string().meta({ description: 'What was said; empty for keys, and when it is forgotten.' }),
  heard: z.string().meta({ description: 'The part that the other side heard.' }),
  interrupted: z.boolean(),
  source: z.string().meta({ description: 'speech or digits of the caller; agent, greeting, filler, … of the agent.' }),
  confidence: z.number().nullable(), digitCount: z.int(),
  waterfall: z.object({
    totalMs: z.number().nullable().meta({ description: 'End of the caller\'s speech to first audio of the reply.' }),
    bars: z.array(z.object({ stage: z.enum(['endpoint', 'stt', 'llm', 'tts', 'playout']), startMs: z.number(), durationMs: z.number() })),
  }).nullable().meta({ description: 'Why the caller waited as long as this before the reply.' }),
}).meta({ id: 'Turn' });

export const STORY_SHAPE = {
  setupMs: z.number().nullable().meta({ description: 'Offer to answer.' }),
  conversation: z.array(TURN),
  errors: z.array(z.object({ atMs: z.number(), stage: z.enum(['stt', 'llm', 'tts']), code: z.string(), turnIndex: z.int().nullable() })),
  transfers: z.array(z.object({ atMs: z.number(), outcome: z.enum(['escalated', 'transferred', 'failed']), target: z.string().optional(), kind: z.string().optional(), reason: z.string().optional(), cause: LINE_CAUSE.optional() })),
  resumptions: z.array(z.object({ atMs: z.number(), formerNode: z.string(), gapMs: z.number() })).meta({ description: 'Another process went on with the call.' }),
  interruptions: z.int(), silences: z.int(),
  speech: z.array(SPEECH_USE).meta({ description: 'Use of speech providers; told when the call ends.' }),
} as const;

/** A call with all that happened in it. */
export const CALL_STORY_VIEW = z.object({
  ...CALL_SHAPE, ...STORY_SHAPE,
  partial: z.boolean().meta({ description: 'The history cannot be asked now: how the live call stands is known, and nothing of what happened in it.' }),
}).meta({ id: 'CallStory' });

export function callView(call: CallSummary): z.input<typeof CALL_VIEW> {
  const { callId, tenantId, state, direction, callerNumber, calleeNumber, agentId, conversationId, startedAt, answeredAt, endedAt, endReason, endCause = null, durationMs, turns, sttProvider, ttsProvider } = call;
  return {
    callId, tenantId, state, direction, callerNumber, calleeNumber, agentId, conversationId, startedAt, answeredAt, endedAt, endReason, endCause, turns, sttProvider, ttsProvider,
    durationMs: roundedMs(durationMs), correlationId: call.metadata['correlationId'] ?? '',
  };
}

export function storyView({ call, story, partial }: CallAccount): z.input<typeof CALL_STORY_VIEW> {
  const { turns, setupMs, errors, transfers, resumptions, interruptions, silences, speech } = story ?? storyOf([]);
  return rounded({
    ...callView(call), partial: partial ?? false, setupMs, errors: [...errors], transfers: [...transfers], resumptions: [...resumptions], interruptions, silences, speech: [...speech],
    conversation: turns.map((turn) => ({ ...turn, waterfall: turn.waterfall === null ? null : { totalMs: turn.waterfall.totalMs, bars: [...turn.waterfall.bars] } })),
  });
}
