import { open } from 'node:fs/promises';
import type { AuditFilter, AuditPage, AuditReader, RecordedAuditEntry } from '../../application/ports/audit-reader.js';
import { PortError } from '../../application/ports/port-error.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { type AuditFile, auditFilesOf, nodesIn } from './audit-files.js';
import { type ChainedEntry, parseLine } from './audit-line.js';
import { linesBackwards } from './lines-backwards.js';

/** One look reads no more: some ten milliseconds of work, in slices. */
const LOOK_BYTES_MAX = 2 * 1024 * 1024;
const CURSOR = /^(?<day>\d{4}-\d{2}-\d{2})\.(?<part>\d{1,9}):(?<end>\d{1,15})$/u;

interface Place {
  readonly day: string;
  readonly part: number;
  /** Lines from before it are next. */
  readonly end: number;
}

/** Reads the chain of a node from its end: of this one, or of another one that shares the directory. It shows what is there; whether that is whole is the business of `voice-gateway audit verify`. */
export class FileAuditReader implements AuditReader {
  constructor(private readonly options: { readonly directory: string; readonly nodeName: string }) {}

  async entries(tenantId: TenantId | null, filter: AuditFilter, signal: AbortSignal): Promise<AuditPage> {
    try {
      return await this.look(tenantId, filter, signal);
    } catch (cause) {
      throw new PortError('the audit trail cannot be read', { code: 'audit-reader/unavailable', kind: 'unavailable', cause });
    }
  }

  async nodes(): Promise<readonly string[]> {
    try {
      return await nodesIn(this.options.directory);
    } catch (cause) {
      throw new PortError('the audit trail cannot be read', { code: 'audit-reader/unavailable', kind: 'unavailable', cause });
    }
  }

  private async look(tenantId: TenantId | null, filter: AuditFilter, signal: AbortSignal): Promise<AuditPage> {
    const from = filter.cursor === null ? null : placeOf(filter.cursor);
    if (filter.cursor !== null && from === null) return { entries: [], next: null };
    const entries: RecordedAuditEntry[] = [];
    let budget = LOOK_BYTES_MAX;
    for await (const { entry, sizeBytes, cursor } of linesOf(await this.filesFrom(from, filter), from)) {
      signal.throwIfAborted();
      if (entry !== null && fits(entry, tenantId, filter)) entries.push(shown(entry));
      if (entry !== null && filter.from !== null && entry.at < filter.from) break;
      budget -= sizeBytes;
      if (entries.length >= filter.limit || budget <= 0) return { entries, next: cursor };
    }
    return { entries, next: null };
  }

  /** Newest first. */
  private async filesFrom(place: Place | null, { from, to, node }: AuditFilter): Promise<readonly AuditFile[]> {
    const files = [...await auditFilesOf(this.options.directory, node ?? this.options.nodeName)].reverse();
    return files.filter((file) => (place === null || !isAfter(file, place)) && (from === null || file.day >= from.slice(0, 10)) && (to === null || file.day <= to.slice(0, 10)));
  }
}

interface ReadLine {
  /** Null: it says nothing. */
  readonly entry: ChainedEntry | null;
  readonly sizeBytes: number;
  /** Goes on before this line. */
  readonly cursor: string;
}

async function* linesOf(files: readonly AuditFile[], from: Place | null): AsyncGenerator<ReadLine> {
  for (const file of files) {
    const handle = await open(file.path, 'r');
    try {
      const end = from !== null && sameFile(from, file) ? from.end : (await handle.stat()).size;
      for await (const { bytes, offset } of linesBackwards(handle, end)) yield { entry: parseLine(bytes), sizeBytes: bytes.length, cursor: `${file.day}.${file.part}:${offset}` };
    } finally {
      await handle.close();
    }
  }
}

function placeOf(cursor: string): Place | null {
  const { day, part, end } = CURSOR.exec(cursor)?.groups ?? {};
  return day === undefined ? null : { day, part: Number(part), end: Number(end) };
}

function sameFile(a: Pick<Place, 'day' | 'part'>, b: Pick<Place, 'day' | 'part'>): boolean {
  return a.day === b.day && a.part === b.part;
}

function isAfter(file: AuditFile, { day, part }: Place): boolean {
  return file.day === day ? file.part > part : file.day > day;
}

function fits(entry: ChainedEntry, tenantId: TenantId | null, { from, to, act }: AuditFilter): boolean {
  return (tenantId === null || entry.tenantId === tenantId) && (act === null || entry.act === act)
    && (from === null || entry.at >= from) && (to === null || entry.at < to);
}

function shown({ sequence, node, at, actor, tenantId, act, subject, outcome, code, requestId, change, cut }: ChainedEntry): RecordedAuditEntry {
  return { sequence, node, at, actor, tenantId, act, subject, outcome, code, requestId, ...(change === undefined ? {} : { change }), ...(cut === undefined ? {} : { cut }) };
}
