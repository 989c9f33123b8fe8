/** One record as the gateway writes it: docs/asyncapi.yaml. */
export interface EventRecord {
  readonly topic: string;
  readonly id: string;
  /** `call.answered`, without `com.voicegw.` and version. */
  readonly type: string;
  readonly callId: string;
  readonly tenantId: string;
  readonly time: string;
  /** From 1 within a call, over all topics. */
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface RawRecord {
  readonly topic: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Null for a record that is none of ours. */
export function readRecord({ topic, value, headers }: RawRecord): EventRecord | null {
  const header = (name: string): string => text(headers[`ce_${name}`]);
  const type = /^com\.voicegw\.(.+)\.v1$/u.exec(header('type'))?.[1];
  const sequence = Number(header('sequence'));
  if (type === undefined || header('id') === '' || header('subject') === '' || !Number.isSafeInteger(sequence)) return null;
  const data = parse(value);
  if (data === null) return null;
  return { topic, id: header('id'), type, callId: header('subject'), tenantId: header('tenantid'), time: header('time'), sequence, data };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
}

function parse(value: Uint8Array | null): Readonly<Record<string, unknown>> | null {
  try {
    const data: unknown = JSON.parse(value === null ? '' : Buffer.from(value).toString('utf8'));
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? data as Record<string, unknown> : null;
  } catch {
    return null; // counted by the caller, like every record that is none of ours
  }
}
