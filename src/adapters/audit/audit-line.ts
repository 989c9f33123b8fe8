import type { RecordedAuditEntry } from '../../application/ports/audit-reader.js';
import type { AuditEntry } from '../../application/ports/audit-trail.js';
import type { AuditSeal } from './audit-seal.js';

/** No line is longer: names that come from outside are cut. */
export const LINE_BYTES_MAX = 8192;
const TEXT_CHARACTERS_MAX = 300;

/** One entry of a chain. */
export interface ChainedEntry extends RecordedAuditEntry {
  /** Digest of the line before. */
  readonly previous: string;
  /** Of this line, `previous` included. */
  readonly digest: string;
}

const SEALED = /^(?<body>\{.*),"digest":"(?<digest>[0-9a-f]{64})"\}$/su;

/** `{"sequence":…,…,"previous":"…","digest":"…"}` and a line feed. The digest is that of all that stands before its comma. */
export function lineOf(entry: AuditEntry, place: Pick<ChainedEntry, 'sequence' | 'node' | 'at' | 'previous'>, seal: AuditSeal): { readonly line: string; readonly digest: string } {
  const { actor, tenantId, act, subject, outcome, code, requestId, change } = entry;
  const body = JSON.stringify({
    sequence: place.sequence, at: place.at, node: place.node, actor: { subject: cut(actor.subject), role: actor.role }, tenantId,
    act: cut(act), subject: cut(subject), outcome, code: cut(code), requestId: cut(requestId), ...(change === undefined ? {} : { change }), previous: place.previous,
  }).slice(0, -1);
  const digest = seal.digest(body);
  return { line: `${body},"digest":"${digest}"}\n`, digest };
}

/** Without the line feed. Null: it is no line of ours, or not as it was written. */
export function readLine(bytes: Uint8Array, seal: AuditSeal): ChainedEntry | null {
  const text = Buffer.from(bytes).toString('latin1'); // one character for each byte: nothing is lost by reading it
  const { body, digest } = SEALED.exec(text)?.groups ?? {};
  if (body === undefined || digest === undefined || !seal.fits(Buffer.from(body, 'latin1'), digest)) return null;
  return parseLine(bytes);
}

/** What a line says, whether or not it is to be believed. Null: it says nothing. */
export function parseLine(bytes: Uint8Array): ChainedEntry | null {
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString('utf8')) as ChainedEntry;
    return Number.isSafeInteger(entry.sequence) && typeof entry.at === 'string' ? entry : null;
  } catch {
    return null;
  }
}

function cut(text: string): string {
  return text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
}
