import type { EventBody, EventType } from '../../../src/domain/shared/domain-event.js';

/** One body of every type there is; the compiler keeps it complete. */
export const EVERY_EVENT: { readonly [Type in EventType]: Extract<EventBody, { type: Type }> } = {
  'call.started': { type: 'call.started', direction: 'inbound', callerNumber: '+15550100', calleeNumber: '5551000', agentId: 'card-delivery', trunk: 'trunk', correlationId: 'edge-1' },
  'call.rejected': { type: 'call.rejected', calleeNumber: '5559999', reason: 'unknown_did', correlationId: '' },
  'call.answered': { type: 'call.answered', setupMs: 42.5 },
  'call.resumed': { type: 'call.resumed', formerNode: 'node-2', gapMs: 5000 },
  'call.escalated': { type: 'call.escalated', reason: 'the caller asked for a person' },
  'call.transferred': { type: 'call.transferred', kind: 'extension', target: 'person' },
  'call.transfer_failed': { type: 'call.transfer_failed', target: '5551486', reason: 'busy' },
  'call.ended': { type: 'call.ended', result: 'success', reason: 'caller_hangup', durationMs: 61_000, turns: 4, speech: [{ provider: 'local', recognisedMs: 4200, synthesisedCharacters: 180 }] },
  'dtmf.received': { type: 'dtmf.received' },
  'stt.transcribed': { type: 'stt.transcribed', turnIndex: 1, text: 'where is my card', confidence: 0.9, via: 'speech', digitCount: 0, startAtMs: 2000, endAtMs: 3000 },
  'llm.responded': { type: 'llm.responded', turnIndex: 1, text: 'It is on its way.', actions: ['transfer'], firstTextMs: 80, totalMs: 240 },
  'tts.generated': { type: 'tts.generated', turnIndex: 1, text: 'It is on its way.', source: 'agent', firstAudioMs: 60, audioMs: 1400 },
  'turn.completed': {
    type: 'turn.completed', turnIndex: 1, source: 'agent', said: 'It is on its way.', heard: 'It is on', interrupted: true, startedAtMs: 3500, endedAtMs: 4100,
    latency: { endpointMs: 500, sttFinalMs: 40, agentFirstTextMs: 80, ttsFirstAudioMs: 60, playoutMs: 12, totalMs: null },
  },
  'caller.interrupted': { type: 'caller.interrupted', turnIndex: 1, onsetAtMs: 3900, stopMs: 210, heard: 'It is on' },
  'caller.silent': { type: 'caller.silent', attempt: 1 },
  'error.stt_failed': { type: 'error.stt_failed', code: 'speech-to-text/timeout' },
  'error.llm_timeout': { type: 'error.llm_timeout', code: 'agent/timeout', turnIndex: 2 },
  'error.llm_failed': { type: 'error.llm_failed', code: 'agent/unavailable', turnIndex: 2 },
  'error.tts_failed': { type: 'error.tts_failed', code: 'text-to-speech/timeout', turnIndex: 2 },
  'recording.started': { type: 'recording.started', recordingId: '01J0000000000000000000000R', sampleRateHz: 8000 },
  'recording.paused': { type: 'recording.paused', recordingId: '01J0000000000000000000000R' },
  'recording.resumed': { type: 'recording.resumed', recordingId: '01J0000000000000000000000R' },
  'recording.ended': { type: 'recording.ended', recordingId: '01J0000000000000000000000R', reason: 'call-over', durationMs: 42_000, bytes: 1_344_000 },
  'recording.refused': { type: 'recording.refused', by: 'key' },
  'recording.erased': { type: 'recording.erased', recordingId: '01J0000000000000000000000R', cause: 'refused' },
};
