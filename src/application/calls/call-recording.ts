import type { CallRecord } from '../../domain/call/call.js';
import { CallRecorder, type RecorderOutlet, type RecorderPorts } from '../recordings/call-recorder.js';
import type { ErasureProofs } from '../recordings/erasure-proofs.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import type { SessionOptions } from './call-beginning.js';

/** What recording needs of the outside. */
export interface RecordingPorts extends Pick<RecorderPorts, 'store' | 'refusals'> {
  readonly proofs: ErasureProofs;
}

interface SessionParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly recording?: RecordingPorts;
}

/** The recorder of a call whose agent's calls are recorded; null: nothing is. */
export function recorderOf({ clock, ids, log, metrics, recording }: SessionParts, { callId, route, inheritance }: SessionOptions, record: CallRecord, outlet: RecorderOutlet): CallRecorder | null {
  const { tenant, profile } = route;
  if (recording === undefined || profile.recording.mode === 'off') return null;
  const { callerNumber, calleeNumber, direction, metadata } = record;
  return new CallRecorder({ clock, ids, log, metrics, store: recording.store, refusals: recording.refusals }, {
    callId, tenantId: tenant.id, agentId: profile.id, callerNumber, calleeNumber, number: direction === 'inbound' ? callerNumber : calleeNumber,
    policy: profile.recording, interDigitMs: profile.turnPolicy.interDigitMs, inherited: inheritance === undefined ? null : { stands: metadata['recording'] },
  }, outlet);
}
