import type { ConversationEvent } from '../../domain/conversation/conversation-events.js';
import type { TenantId } from '../../domain/shared/ids.js';
import type { Metrics } from '../ports/metrics.js';

/** The metrics that follow from what happened in a conversation; one place, so that no stage counts for itself. */
export function measureConversation(metrics: Metrics, tenantId: TenantId, event: ConversationEvent): void {
  switch (event.type) {
    case 'turn.completed': measureTurn(metrics, event); return;
    case 'caller.interrupted':
      metrics.count('barge_ins_total', { tenant: tenantId });
      metrics.observe('barge_in_stop_seconds', event.stopMs / 1000);
      return;
    case 'error.stt_failed': metrics.count('provider_errors_total', { port: 'speech-to-text', code: event.code }); return;
    case 'error.tts_failed': metrics.count('provider_errors_total', { port: 'text-to-speech', code: event.code }); return;
    case 'error.llm_failed': case 'error.llm_timeout': metrics.count('provider_errors_total', { port: 'agent', code: event.code }); return;
    case 'stt.transcribed': case 'llm.responded': case 'tts.generated': case 'caller.silent': return;
  }
}

function measureTurn(metrics: Metrics, event: Extract<ConversationEvent, { type: 'turn.completed' }>): void {
  if (event.source !== 'agent' && event.source !== 'greeting') metrics.count('fallback_prompts_total', { prompt: event.source });
  if (event.latency === null) return;
  const stages = {
    endpoint: event.latency.endpointMs, stt_final: event.latency.sttFinalMs, agent_first_text: event.latency.agentFirstTextMs,
    tts_first_audio: event.latency.ttsFirstAudioMs, playout: event.latency.playoutMs, total: event.latency.totalMs,
  };
  for (const [stage, ms] of Object.entries(stages)) {
    if (ms !== null) metrics.observe('turn_latency_seconds', ms / 1000, { stage });
  }
}
