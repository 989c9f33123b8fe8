import type { DomainEvent } from '../../domain/shared/domain-event.js';

const TYPE_PREFIX = 'com.voicegw.';
const TYPE_VERSION = 'v1';

/** CloudEvents 1.0, structured mode, with the documented extensions partitioning and sequence. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  /** The call. */
  readonly subject: string;
  /** Absent while it is not known whose call it is: CloudEvents knows no empty attributes. */
  readonly tenantid?: string;
  readonly partitionkey: string;
  readonly sequence: string;
  readonly sequencetype: 'Integer';
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

/** `call.answered` → `com.voicegw.call.answered.v1`. */
export function cloudEventType(type: string): string {
  return `${TYPE_PREFIX}${type}.${TYPE_VERSION}`;
}

/** `data` is the body without its type, plus `atMs`, the clock time on the node, for differences between events of one call. */
export function cloudEventOf(event: DomainEvent): CloudEvent {
  const { type, ...body } = event.body;
  return {
    specversion: '1.0',
    id: event.id,
    source: `/voice-gateway/${event.node}`,
    type: cloudEventType(type),
    time: event.occurredAt,
    subject: event.callId,
    ...(event.tenantId === '' ? {} : { tenantid: event.tenantId }),
    partitionkey: event.callId,
    sequence: String(event.sequence),
    sequencetype: 'Integer',
    datacontenttype: 'application/json',
    data: { atMs: event.atMs, ...body },
  };
}
