import type { HistoryStep } from '../../../src/application/ports/call-history.js';
import { type CallSummary, summaryOf } from '../../../src/domain/call/call-summary.js';
import type { DomainEvent, EventBody } from '../../../src/domain/shared/domain-event.js';
import { type CallId, callId } from '../../../src/domain/shared/ids.js';
import { firstUlidAt } from '../../../src/domain/shared/ulid-time.js';
import { aCallRecord } from './a-call.js';
import { aDomainEvent } from './a-domain-event.js';

/** When the virtual clock begins. */
export const NOON_MS = Date.parse('2026-11-20T12:00:00.000Z');

/** Id of a call that began `sinceNoonMs` after noon. `tail`: of several in one millisecond. */
export function callIdAt(sinceNoonMs: number, tail = 0): CallId {
  const digits = String(tail);
  return callId(firstUlidAt(NOON_MS + sinceNoonMs).slice(0, -digits.length) + digits);
}

/** A call that began `sinceNoonMs` after noon. */
export function aSummary(sinceNoonMs: number, deviations: Partial<CallSummary> = {}): CallSummary {
  const id = callIdAt(sinceNoonMs);
  return { ...summaryOf(aCallRecord({ callId: id, startedAt: new Date(NOON_MS + sinceNoonMs).toISOString() }), []), ...deviations };
}

/** A step of that call with these events, numbered from `sequence` on. */
export function aHistoryStep(call: CallSummary, bodies: readonly EventBody[] = [], sequence = 1): HistoryStep {
  const events: readonly DomainEvent[] = bodies.map((body, index) => aDomainEvent(body, { callId: call.callId, tenantId: call.tenantId, sequence: sequence + index }));
  return { tenantId: call.tenantId, callId: call.callId, call, events };
}
