import { readFile } from 'node:fs/promises';
import { PortError } from '../../application/ports/port-error.js';
import { type AuditFile, auditFilesOf, headPath, writtenFilesOf } from './audit-files.js';
import { type AuditHead, readHead } from './audit-head.js';
import { parseLine } from './audit-line.js';
import type { LogPlace } from './audit-log-file.js';
import { type AuditSeal, NOTHING_BEFORE } from './audit-seal.js';
import { CHAIN_BROKEN, type Walked, walkChain } from './walk-chain.js';

/** The act of an entry that says: a crash left something behind, and it was mended. */
export const REPAIRED = 'auditRepaired';
/** A batch may have begun a new file just before a crash: the end is in the last two. */
const FILES_LOOKED_AT = 2;

/** Where a chain goes on, and what has to be said first. */
export interface Resumption {
  readonly head: AuditHead;
  readonly place: LogPlace | null;
  readonly notes: readonly { readonly act: string; readonly code: string }[];
}

/**
 * Finds the end of a chain. What a crash can leave is mended and told: half a line, or lines that nobody was told of. Anything else
 * is a break: the chain goes on all the same, in a file of its own, with an entry that says so; what was found is left as it is.
 *
 * @throws PortError `audit-trail/key`: it was begun with another key.
 */
export async function resumeChain(directory: string, node: string, seal: AuditSeal): Promise<Resumption> {
  const [reading, files] = await Promise.all([readHead(headPath(directory, node), seal), writtenFilesOf(directory, node)]);
  if (reading.is === 'foreign') {
    throw new PortError(`the audit trail in ${directory} was begun with another audit.key, or without one. Fix: give it that key, or name a new audit.directory and keep the old one`, { code: 'audit-trail/key', kind: 'rejected' });
  }
  if (reading.is === 'missing' && files.length === 0) return { head: beginning(seal), place: null, notes: [] };
  const head = reading.is === 'good' ? reading.head : null;
  const walked = await walkChain(files.slice(-FILES_LOOKED_AT), seal, head);
  const why = head === null ? `head ${reading.is}` : breakIn(walked, head);
  if (why === null && head !== null) return afterCrash(walked, head, files);
  return broken(why ?? '', head ?? await guessedHead(walked, files, seal), await auditFilesOf(directory, node));
}

function beginning({ keyId }: AuditSeal): AuditHead {
  return { keyId, first: { sequence: 1, previous: NOTHING_BEFORE }, last: { sequence: 0, digest: NOTHING_BEFORE } };
}

function breakIn({ fault, first, last }: Walked, head: AuditHead): string | null {
  if (fault !== null) return `${fault.file} line ${fault.line}`;
  const confirmed = head.last.sequence;
  if (confirmed < head.first.sequence) return null;
  return first === null || last === null || last.sequence < confirmed || first.sequence > confirmed ? `entries up to ${confirmed} are missing` : null;
}

function afterCrash({ last, tornBytes, wholeBytes }: Walked, head: AuditHead, files: readonly AuditFile[]): Resumption {
  const file = files.at(-1);
  const notes = tornBytes === 0 ? [] : [{ act: REPAIRED, code: `half a line removed: ${tornBytes} bytes` }];
  const unconfirmed = (last?.sequence ?? head.last.sequence) - head.last.sequence;
  if (unconfirmed > 0) notes.push({ act: REPAIRED, code: `entries kept that were not confirmed: ${unconfirmed}` });
  return {
    head: last === null ? head : { ...head, last: { sequence: last.sequence, digest: last.digest } },
    place: file === undefined ? null : { day: file.day, part: file.part, sizeBytes: wholeBytes },
    notes,
  };
}

function broken(why: string, head: AuditHead, files: readonly AuditFile[]): Resumption {
  const file = files.at(-1);
  return { head, place: file === undefined ? null : { day: file.day, part: file.part + 1, sizeBytes: 0 }, notes: [{ act: CHAIN_BROKEN, code: why }] };
}

/** As good as the lines themselves. */
async function guessedHead({ last }: Walked, files: readonly AuditFile[], seal: AuditSeal): Promise<AuditHead> {
  const [oldest] = files;
  const first = oldest === undefined ? null : await firstEntryOf(oldest);
  const begin = beginning(seal);
  return { ...begin, first: first ?? begin.first, last: last === null ? begin.last : { sequence: last.sequence, digest: last.digest } };
}

/** Null: it has no whole line. */
export async function firstEntryOf({ path }: AuditFile): Promise<AuditHead['first'] | null> {
  const bytes = await readFile(path);
  const end = bytes.indexOf('\n');
  const entry = end < 0 ? null : parseLine(bytes.subarray(0, end));
  return entry === null ? null : { sequence: entry.sequence, previous: entry.previous };
}
