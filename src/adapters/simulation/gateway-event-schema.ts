import { z } from 'zod';
import type { EventBody } from '../../domain/shared/domain-event.js';
import type { GatewayEvent } from '../../domain/simulation/gateway-view.js';

/** Only what a simulated caller reads; the gateway may tell more. */
const ENVELOPE = z.object({
  type: z.string(),
  time: z.iso.datetime(),
  subject: z.string(),
  sequence: z.coerce.number(),
  data: z.looseObject({ atMs: z.number(), correlationId: z.string().optional() }),
});

const latency = z.record(z.string(), z.number().nullable()).nullable();

/** Bodies that a report is made of are looked at before they are believed. */
const BODIES: Readonly<Record<string, z.ZodType>> = {
  'call.rejected': z.looseObject({ reason: z.string() }),
  'call.ended': z.looseObject({ reason: z.string() }),
  'call.transferred': z.looseObject({ target: z.string() }),
  'call.transfer_failed': z.looseObject({ reason: z.string() }),
  'stt.transcribed': z.looseObject({ via: z.enum(['speech', 'digits']), text: z.string(), digitCount: z.number(), startAtMs: z.number(), endAtMs: z.number() }),
  'turn.completed': z.looseObject({ source: z.string(), said: z.string(), heard: z.string(), interrupted: z.boolean(), startedAtMs: z.number(), endedAtMs: z.number(), latency }),
  'error.stt_failed': z.looseObject({ code: z.string() }),
  'error.llm_timeout': z.looseObject({ code: z.string() }),
  'error.llm_failed': z.looseObject({ code: z.string() }),
  'error.tts_failed': z.looseObject({ code: z.string() }),
};

export interface ReadEvent {
  readonly callId: string;
  readonly sequence: number;
  /** Told by the first event of a call. */
  readonly correlationId: string | undefined;
  readonly wallMs: number;
  /** On the gateway's clock. */
  readonly atMs: number;
  readonly body: GatewayEvent['body'];
}

/** One line of the gateway's log; null when it is none that we understand. */
export function readGatewayEvent(line: string): ReadEvent | null {
  const envelope = ENVELOPE.safeParse(parse(line));
  if (!envelope.success) return null;
  const { time, subject, sequence, data } = envelope.data;
  const type = /^com\.voicegw\.(?<type>.+)\.v1$/u.exec(envelope.data.type)?.groups?.['type'];
  if (type === undefined || BODIES[type]?.safeParse(data).success === false) return null;
  const { atMs, ...body } = data;
  return { callId: subject, sequence, correlationId: data.correlationId, wallMs: Date.parse(time), atMs, body: { ...body, type } as unknown as EventBody };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null; // a line of another program, or half of one: not ours to complain about
  }
}
