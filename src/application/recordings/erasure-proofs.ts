import type { ErasureCause } from '../../domain/recording/recording-events.js';
import { type CallId, eventId, type TenantId } from '../../domain/shared/ids.js';
import type { Clock } from '../ports/clock.js';
import type { EventPublisher } from '../ports/event-publisher.js';
import type { IdSource } from '../ports/id-source.js';

interface ProofPorts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly publisher: EventPublisher;
  readonly nodeName: string;
}

/** Tells that a recording is gone when its call, and the order of its events, is long over. */
export class ErasureProofs {
  constructor(private readonly ports: ProofPorts) {}

  tell({ tenantId, callId, recordingId }: { readonly tenantId: TenantId; readonly callId: CallId; readonly recordingId: string }, cause: ErasureCause): void {
    const { clock, ids, publisher, nodeName } = this.ports;
    publisher.publish({
      id: eventId(ids.next()), callId, tenantId, node: nodeName, sequence: 0, occurredAt: clock.wallTime(), atMs: clock.nowMs(),
      body: { type: 'recording.erased', recordingId, cause },
    });
  }
}
