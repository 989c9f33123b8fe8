import type { FileHandle } from 'node:fs/promises';
import { isOfNumber } from '../../domain/recording/recording.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { cloudEventType } from './cloud-event.js';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Looked through in about a millisecond: calls are served on the same thread. */
const READ_BYTES = 256 * 1024;
/** Longer than any event; what is longer is handed on in pieces. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Up to so many ids are sought in the bytes first, which takes about half as long as a look at each line. */
const SOUGHT_MAX = 8;
const PROOF = cloudEventType('recording.erased');
const SUBJECT = '"subject":"';
/** Of `callerNumber` and `calleeNumber`: within a text the quote would be escaped. */
const NUMBER = 'Number":"';
/** For a line that a crash has torn: it is no JSON, but may hold the number. */
const TORN = {
  subject: /"subject":"(?<value>[^"]+)"/u, tenantid: /"tenantid":"(?<value>[^"]+)"/u,
  callerNumber: /"callerNumber":"(?<value>[^"]+)/u, calleeNumber: /"calleeNumber":"(?<value>[^"]+)/u,
} as const;

/** What of a line tells whose it is. */
interface LineFacts {
  readonly callId: string;
  readonly tenantId: string;
  readonly type: string;
  readonly callerNumber: string;
  readonly calleeNumber: string;
}

/** A file as pieces that end where a line ends; the last may end in half a line. */
export async function* wholeLines(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES);
    if (bytesRead === 0) break;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    const end = whole === 0 && bytes.length > LINE_BYTES_MAX ? bytes.length : whole;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) yield rest;
}

/** Calls of a tenant from or to a number, as far as these lines tell it. */
export function callsIn(lines: Buffer, tenantId: TenantId, number: string): readonly CallId[] {
  const found: CallId[] = [];
  for (let at = lines.indexOf(NUMBER); at >= 0;) {
    const [begin, end] = lineAround(lines, at);
    const facts = factsOf(lines.toString('utf8', begin, end));
    if (facts.tenantId === tenantId && facts.callId !== '' && isOfNumber(facts, number)) found.push(facts.callId as CallId);
    at = end < lines.length ? lines.indexOf(NUMBER, end) : -1;
  }
  return found;
}

/** The lines without the events of these calls of a tenant, byte for byte as they were, and how many those were. Proofs of erasure stay. */
export function withoutCalls(lines: Buffer, tenantId: TenantId, callIds: ReadonlySet<string>): { readonly kept: readonly Buffer[]; readonly events: number } {
  if (callIds.size <= SOUGHT_MAX && ![...callIds].some((callId) => lines.includes(callId))) return { kept: [lines], events: 0 };
  const kept: Buffer[] = [];
  let events = 0;
  let keptTo = 0;
  for (let at = lines.indexOf(SUBJECT); at >= 0;) {
    const [begin, end] = lineAround(lines, at);
    const id = at + SUBJECT.length;
    if (callIds.has(lines.toString('latin1', id, lines.indexOf(QUOTE, id))) && isOf(lines.toString('utf8', begin, end), tenantId, callIds)) {
      kept.push(lines.subarray(keptTo, begin));
      keptTo = end;
      events += 1;
    }
    at = end < lines.length ? lines.indexOf(SUBJECT, end) : -1;
  }
  kept.push(lines.subarray(keptTo));
  return { kept: kept.filter(({ length }) => length > 0), events };
}

function isOf(line: string, tenantId: TenantId, callIds: ReadonlySet<string>): boolean {
  const facts = factsOf(line);
  return facts.tenantId === tenantId && callIds.has(facts.callId) && facts.type !== PROOF;
}

/** Where the line begins that has this byte, and where the next one does. */
function lineAround(lines: Buffer, at: number): readonly [number, number] {
  const end = lines.indexOf(NEWLINE, at);
  return [lines.lastIndexOf(NEWLINE, at) + 1, end < 0 ? lines.length : end + 1];
}

function factsOf(line: string): LineFacts {
  try {
    const { subject, tenantid, type, data } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const { callerNumber, calleeNumber } = (data ?? {}) as Readonly<Record<string, unknown>>;
    return { callId: textOf(subject), tenantId: textOf(tenantid), type: textOf(type), callerNumber: textOf(callerNumber), calleeNumber: textOf(calleeNumber) };
  } catch {
    const torn = (what: keyof typeof TORN): string => TORN[what].exec(line)?.groups?.['value'] ?? '';
    return { callId: torn('subject'), tenantId: torn('tenantid'), type: '', callerNumber: torn('callerNumber'), calleeNumber: torn('calleeNumber') };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
