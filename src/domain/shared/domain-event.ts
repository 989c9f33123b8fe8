import type { CallEvent } from '../call/call-events.js';
import type { RecordingEvent } from '../recording/recording-events.js';
import type { ConversationEvent } from '../conversation/conversation-events.js';
import type { CallId, EventId, TenantId } from './ids.js';

/** What happened, as the rest of the platform may know it. */
export type EventBody = CallEvent | ConversationEvent | RecordingEvent;
export type EventType = EventBody['type'];

/**
 * Envelope of every event: published in order per call, at least once; `id` lets consumers drop repetitions.
 * `sequence` counts from 1 within a call without gaps; 0: it happened after the call, apart from its own.
 */
export interface DomainEvent {
  readonly id: EventId;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  /** Name of the node it happened on. */
  readonly node: string;
  readonly sequence: number;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
  /** Clock time on this node, for differences between events of one call. */
  readonly atMs: number;
  readonly body: EventBody;
}
