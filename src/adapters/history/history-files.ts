import { appendFile, mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utcDay } from '../../domain/call/call-usage.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { isUlid, ulidTimeMs } from '../../domain/shared/ulid-time.js';

export const FILE_MODE = 0o640;
export const DIRECTORY_MODE = 0o750;
const ENDING = '.ndjson';
export const DAY = /^\d{4}-\d{2}-\d{2}$/u;
/** Directories whose names are remembered. */
const LISTED_MAX = 64;
/** Times of files are coarse (Linux: a tick, 10 ms at most): what changes twice within so long may show the same time twice. */
const COARSE_MS = 20;

interface Listed {
  readonly changedAtMs: number;
  /** Newest first. */
  readonly names: readonly string[];
  readonly known: ReadonlySet<string>;
}

/** What a file shows without being opened. */
export interface FileLook {
  /** Another one for a file that has taken its place. */
  readonly file: string;
  readonly sizeBytes: number;
}

/** The day (UTC) that a call belongs to: that of its id. */
export function dayOf(callId: string): string {
  return utcDay(ulidTimeMs(callId));
}

/** `<directory>/<tenant>/<day>/<call id>.ndjson`: no name from outside becomes a path as it is. Throws what the file system throws. */
export class HistoryFiles {
  private readonly listed = new Map<string, Listed>();
  private readonly looks = new Map<string, Promise<readonly string[]>>();

  constructor(private readonly directory: string) {}

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: DIRECTORY_MODE });
  }

  async append(tenantId: TenantId, callId: CallId, text: string): Promise<void> {
    const day = this.dayPath(tenantId, dayOf(callId));
    const path = join(day, callId + ENDING);
    try {
      await appendFile(path, text, { mode: FILE_MODE });
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(day, { recursive: true, mode: DIRECTORY_MODE });
      this.forget(this.tenantPath(tenantId));
      await appendFile(path, text, { mode: FILE_MODE });
    }
    if (this.listed.get(day)?.known.has(callId) !== true) this.forget(day);
  }

  /** Null: there is none. */
  async look(tenantId: TenantId, callId: CallId): Promise<FileLook | null> {
    if (!isUlid(callId)) return null;
    return orMissing(stat(this.pathOf(tenantId, callId)).then(({ ino, birthtimeMs, size }) => ({ file: `${ino} ${birthtimeMs}`, sizeBytes: size })), null);
  }

  /** Null: there is none. */
  async read(tenantId: TenantId, callId: CallId): Promise<string | null> {
    if (!isUlid(callId)) return null;
    return orMissing(readFile(this.pathOf(tenantId, callId), 'utf8'), null);
  }

  /** Whole, or as it was. */
  async replace(tenantId: TenantId, callId: CallId, text: string): Promise<void> {
    const path = this.pathOf(tenantId, callId);
    await writeFile(`${path}.new`, text, { mode: FILE_MODE });
    await rename(`${path}.new`, path);
  }

  /** False: there was none. */
  async remove(tenantId: TenantId, callId: CallId): Promise<boolean> {
    if (!isUlid(callId)) return false;
    const removed = await orMissing(unlink(this.pathOf(tenantId, callId)).then(() => true), false);
    this.forget(this.dayPath(tenantId, dayOf(callId)));
    return removed;
  }

  async tenants(): Promise<readonly TenantId[]> {
    return (await orMissing(readdir(this.directory), [])).flatMap((name) => tenantOf(name) ?? []);
  }

  /** Newest first. */
  days(tenantId: TenantId): Promise<readonly string[]> {
    return this.names(this.tenantPath(tenantId), (name) => (DAY.test(name) ? name : null));
  }

  /** Calls of a day, newest first. */
  calls(tenantId: TenantId, day: string): Promise<readonly CallId[]> {
    return this.names(this.dayPath(tenantId, day), callOf) as Promise<readonly CallId[]>;
  }

  async removeDay(tenantId: TenantId, day: string): Promise<void> {
    await rm(this.dayPath(tenantId, day), { recursive: true, force: true });
    this.forget(this.tenantPath(tenantId));
    await rmdir(this.tenantPath(tenantId)).catch(() => undefined); // it holds other days
  }

  /** A note about a day, for those who come later. */
  async mark(tenantId: TenantId, day: string, mark: string): Promise<void> {
    await writeFile(join(this.dayPath(tenantId, day), `.${mark}`), '', { mode: FILE_MODE });
  }

  async isMarked(tenantId: TenantId, day: string, mark: string): Promise<boolean> {
    return orMissing(stat(join(this.dayPath(tenantId, day), `.${mark}`)).then(() => true), false);
  }

  /** One look at a time, which all take part in who come meanwhile: lists are asked for in bursts. */
  private names(path: string, read: (name: string) => string | null): Promise<readonly string[]> {
    const begun = this.looks.get(path);
    if (begun !== undefined) return begun;
    const look = this.lookInto(path, read).finally(() => { if (this.looks.get(path) === look) this.looks.delete(path); });
    this.looks.set(path, look);
    return look;
  }

  /** Changes by other processes show in the time of the directory; our own new files take out what is remembered of a day. */
  private async lookInto(path: string, read: (name: string) => string | null): Promise<readonly string[]> {
    const changedAtMs = await orMissing(stat(path).then(({ mtimeMs }) => mtimeMs), null);
    if (changedAtMs === null) return [];
    const listed = this.listed.get(path);
    if (listed?.changedAtMs === changedAtMs) return listed.names;
    const settled = Date.now() - changedAtMs > COARSE_MS; // the machine's own time, as that of its files
    const names = (await orMissing(readdir(path), [])).flatMap((name) => read(name) ?? []).sort().reverse();
    this.listed.delete(path);
    if (settled) this.listed.set(path, { changedAtMs, names, known: new Set(names) });
    for (const [oldest] of this.listed) if (this.listed.size > LISTED_MAX) this.listed.delete(oldest);
    return names;
  }

  /** What changed just now may not show in what somebody has begun to read. */
  private forget(path: string): void {
    this.listed.delete(path);
    this.looks.delete(path);
  }

  private tenantPath(tenantId: TenantId): string {
    return join(this.directory, tenantDirectory(tenantId));
  }

  private dayPath(tenantId: TenantId, day: string): string {
    return join(this.tenantPath(tenantId), day);
  }

  private pathOf(tenantId: TenantId, callId: CallId): string {
    return join(this.dayPath(tenantId, dayOf(callId)), callId + ENDING);
  }
}

/** No name from outside becomes a path as it is. */
export function tenantDirectory(tenantId: TenantId): string {
  return `=${encodeURIComponent(tenantId).replaceAll('*', '%2A').replaceAll('.', '%2E')}`;
}

function callOf(name: string): string | null {
  const id = name.slice(0, -ENDING.length);
  return name.endsWith(ENDING) && isUlid(id) ? id : null;
}

function tenantOf(name: string): TenantId | null {
  if (!name.startsWith('=')) return null;
  try {
    return decodeURIComponent(name.slice(1)) as TenantId;
  } catch {
    return null; // no directory of ours
  }
}

export async function orMissing<Found, Missing>(work: Promise<Found>, missing: Missing): Promise<Found | Missing> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return missing;
    throw error;
  }
}

/** Also a name that is too long for the file system: there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG');
}
