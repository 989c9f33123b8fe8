import { createHash } from 'node:crypto';
import type { RecordedAuditEntry } from '../../application/ports/audit-reader.js';
import type { AuditEntry } from '../../application/ports/audit-trail.js';
import type { AuditSeal } from './audit-seal.js';

/** No line is longer, its line feed included: texts that come from outside are cut, and the line says so. */
export const LINE_BYTES_MAX = 8192;
const TEXT_CHARACTERS_MAX = 300;
/** As JSON: 300 characters may become 1800 bytes there. Ten texts and their digests fit into a line, with room for what has a fixed length. */
const TEXT_BYTES_MAX = 600;
const MARK = '…';

/** One entry of a chain. */
export interface ChainedEntry extends RecordedAuditEntry {
  /** Digest of the line before. */
  readonly previous: string;
  /** Of this line, `previous` included. */
  readonly digest: string;
}

const SEALED = /^(?<body>\{.*),"digest":"(?<digest>[0-9a-f]{64})"\}$/su;

/** `{"sequence":…,…,"previous":"…","digest":"…"}` and a line feed, at most `LINE_BYTES_MAX`. The digest is that of all that stands before its comma. */
export function lineOf(entry: AuditEntry, place: Pick<ChainedEntry, 'sequence' | 'node' | 'at' | 'previous'>, seal: AuditSeal): { readonly line: string; readonly digest: string } {
  const { actor, tenantId, act, subject, outcome, code, requestId, change } = entry;
  const cut: Record<string, string> = {};
  const text = (name: string, whole: string): string => {
    const kept = shortened(whole);
    if (kept !== whole) cut[name] = createHash('sha256').update(whole).digest('hex');
    return kept;
  };
  const textOrNull = (name: string, whole: string | null): string | null => (whole === null ? null : text(name, whole));
  const body = JSON.stringify({
    sequence: place.sequence, at: place.at, node: text('node', place.node), actor: { subject: text('actor', actor.subject), role: text('role', actor.role) }, tenantId: textOrNull('tenantId', tenantId),
    act: text('act', act), subject: text('subject', subject), outcome, code: text('code', code), requestId: text('requestId', requestId),
    ...(change === undefined ? {} : { change: { before: textOrNull('before', change.before), after: textOrNull('after', change.after) } }),
    ...(Object.keys(cut).length === 0 ? {} : { cut }), previous: place.previous,
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

/** No half of a pair of surrogates is left at its end. */
function shortened(whole: string): string {
  if (whole.length <= TEXT_CHARACTERS_MAX && bytesOf(whole) <= TEXT_BYTES_MAX) return whole;
  let kept = '';
  let bytes = bytesOf(MARK);
  for (const character of whole) {
    bytes += bytesOf(character) - QUOTES_BYTES;
    if (bytes > TEXT_BYTES_MAX || kept.length + character.length > TEXT_CHARACTERS_MAX) break;
    kept += character;
  }
  return kept + MARK;
}

const QUOTES_BYTES = 2;

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text), 'utf8');
}
