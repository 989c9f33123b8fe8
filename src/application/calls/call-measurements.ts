import type { CallRecord } from '../../domain/call/call.js';
import type { ConversationEvent } from '../../domain/conversation/conversation-events.js';
import { type TerminationReason, termination } from '../../domain/call/termination.js';
import type { LineCause } from '../../domain/call/line-cause.js';
import type { SpeechUse } from '../../domain/call/speech-use.js';
import type { TenantId } from '../../domain/shared/ids.js';
import type { LogFields, Logger } from '../ports/logger.js';
import type { MediaLegStatistics } from '../ports/media-leg.js';
import type { Metrics } from '../ports/metrics.js';
import type { SessionOptions } from './call-beginning.js';

/** The metrics that follow from what happened in a conversation; one place, so that no stage counts for itself. */
// eslint-disable-next-line complexity -- the dispatch over a closed union is as wide as the union
export function measureConversation(metrics: Metrics, tenantId: TenantId, event: ConversationEvent, answeredAtMs: number): void {
  switch (event.type) {
    case 'turn.completed': measureTurn(metrics, event, answeredAtMs); return;
    case 'caller.interrupted':
      metrics.count('barge_ins_total', { tenant: tenantId });
      metrics.observe('barge_in_stop_seconds', event.stopMs / 1000);
      return;
    case 'error.stt_failed': metrics.count('provider_errors_total', { port: 'speech-to-text', code: event.code }); return;
    case 'error.tts_failed': metrics.count('provider_errors_total', { port: 'text-to-speech', code: event.code }); return;
    case 'error.llm_failed': case 'error.llm_timeout': metrics.count('provider_errors_total', { port: 'agent', code: event.code }); return;
    case 'tts.generated':
      // Counted here: what follows in the same breath makes it part of another turn.
      if (event.source === 'filler') metrics.count('fallback_prompts_total', { prompt: event.source });
      return;
    case 'stt.transcribed': case 'llm.responded': case 'caller.silent': case 'stt.corrected': case 'pci.masked': return;
  }
}

/** Of a line that ended; nothing where no cause is known. */
export function causeFields(cause: LineCause | undefined): LogFields {
  return cause === undefined ? {} : { causeCode: cause.code, causeName: cause.name };
}

interface EndFigures {
  readonly reason: TerminationReason;
  readonly cause: LineCause | undefined;
  readonly durationMs: number;
  readonly turns: number;
  readonly speech: readonly SpeechUse[];
}

interface Books {
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** @param setupMs of a call that we place: how long it rang, which is not ours to measure ourselves by. */
export function reportAnswer({ metrics, log }: Books, { offer: { trunk, correlationId }, route, outgoing }: SessionOptions, setupMs: number): void {
  if (outgoing === undefined) metrics.observe('call_setup_seconds', setupMs / 1000);
  log.info('call answered', { agentId: route.profile.id, trunk, correlationId, setupMs: Math.round(setupMs) });
}

/**
 * The line of the log that answers most questions about a call. With how the audio was (nothing when there was none): a whole
 * line brings about 50 packets a second.
 */
export function reportEnd(
  { metrics, log }: Books, { tenantId, direction }: Pick<CallRecord, 'tenantId' | 'direction'>,
  { reason, cause, durationMs, turns, speech }: EndFigures,
  media: MediaLegStatistics | undefined,
): void {
  metrics.count('calls_total', { tenant: tenantId, direction, ...termination(reason) });
  for (const { provider, recognisedMs, synthesisedCharacters } of speech) {
    metrics.count('speech_recognised_seconds_total', { tenant: tenantId, provider }, recognisedMs / 1000);
    metrics.count('speech_synthesised_characters_total', { tenant: tenantId, provider }, synthesisedCharacters);
  }
  log.info('call ended', { ...termination(reason), ...causeFields(cause), durationMs: Math.round(durationMs), turns, ...(media === undefined ? {} : mediaQuality(media)) });
}

function mediaQuality({ packetsReceived, packetsSent, packetsLost, packetsLate, framesAdjusted, underruns }: MediaLegStatistics): LogFields {
  return { packetsReceived, packetsSent, packetsLost, packetsLate, framesAdjusted, underruns };
}

function measureTurn(metrics: Metrics, event: Extract<ConversationEvent, { type: 'turn.completed' }>, answeredAtMs: number): void {
  // One that found no voice ends as it begins, and was no greeting.
  if (event.source === 'greeting' && event.endedAtMs > event.startedAtMs) metrics.observe('greeting_latency_seconds', Math.max(0, event.startedAtMs - answeredAtMs) / 1000);
  if (event.source !== 'agent' && event.source !== 'greeting' && event.source !== 'filler') metrics.count('fallback_prompts_total', { prompt: event.source });
  if (event.latency === null) return;
  const stages = {
    endpoint: event.latency.endpointMs, stt_final: event.latency.sttFinalMs, agent_first_text: event.latency.agentFirstTextMs,
    tts_first_audio: event.latency.ttsFirstAudioMs, playout: event.latency.playoutMs, total: event.latency.totalMs,
  };
  for (const [stage, ms] of Object.entries(stages)) {
    if (ms !== null) metrics.observe('turn_latency_seconds', ms / 1000, { stage });
  }
}
