import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../sync-directory.js';

const FILE_MODE = 0o640;
const NEWLINE = 0x0a;
const SCAN_BYTES = 256 * 1024;
const ID_DIGITS = 10;

/** How far a spool has been read: everything before it was delivered. */
export interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

/** What of a segment can be read: bytes up to the last whole line, and how many lines there are past `from`. */
export interface Extent {
  readonly bytes: number;
  readonly lines: number;
}

/** The files of one node's spool: `spool-<node>-<number>.ndjson`, oldest first, and `spool-<node>.cursor.json`. */
export class SpoolFiles {
  constructor(private readonly directory: string, private readonly nodeName: string) {}

  pathOf(segment: number): string {
    return join(this.directory, `spool-${this.nodeName}-${String(segment).padStart(ID_DIGITS, '0')}.ndjson`);
  }

  /** Numbers of the segments there are, oldest first. Makes the directory. */
  async list(): Promise<readonly number[]> {
    await mkdir(this.directory, { recursive: true });
    const prefix = `spool-${this.nodeName}-`;
    const ids = (await readdir(this.directory))
      .filter((name) => name.startsWith(prefix) && name.endsWith('.ndjson'))
      .map((name) => name.slice(prefix.length, -'.ndjson'.length))
      .filter((id) => /^\d+$/u.test(id)); // `spool-a-b-1` is not of node `a`
    return ids.map(Number).sort((one, other) => one - other);
  }

  open(segment: number, openFile: typeof open): Promise<FileHandle> {
    return openFile(this.pathOf(segment), 'a', FILE_MODE);
  }

  async remove(segment: number): Promise<void> {
    await rm(this.pathOf(segment), { force: true });
  }

  /** Null when there is none, or when a crash left nonsense: then everything is delivered once more. */
  async readCursor(): Promise<Cursor | null> {
    const text = await readFile(this.cursorPath, 'utf8').catch(() => '');
    try {
      const { segment, offset } = JSON.parse(text) as Partial<Cursor>;
      return Number.isSafeInteger(segment) && Number.isSafeInteger(offset) ? { segment: segment as number, offset: offset as number } : null;
    } catch {
      return null; // absent or torn
    }
  }

  /** Whole or not at all. */
  async writeCursor(cursor: Cursor): Promise<void> {
    const handle = await open(`${this.cursorPath}.new`, 'w', FILE_MODE);
    try {
      await handle.writeFile(JSON.stringify(cursor));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${this.cursorPath}.new`, this.cursorPath);
  }

  syncDirectory(): Promise<void> {
    return syncDirectory(this.directory);
  }

  /** Looks through a segment and cuts off a last line that a crash has torn. */
  async repair(segment: number, from: number): Promise<Extent> {
    const handle = await open(this.pathOf(segment), 'r+');
    try {
      const extent = await measure(handle, from);
      await handle.truncate(extent.bytes);
      return extent;
    } finally {
      await handle.close();
    }
  }

  private get cursorPath(): string {
    return join(this.directory, `spool-${this.nodeName}.cursor.json`);
  }
}

async function measure(handle: FileHandle, from: number): Promise<Extent> {
  const buffer = Buffer.allocUnsafe(SCAN_BYTES);
  let position = 0;
  let bytes = 0;
  let lines = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, SCAN_BYTES, position);
    if (bytesRead === 0) return { bytes, lines };
    const chunk = buffer.subarray(0, bytesRead);
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
      bytes = position + at + 1;
      if (bytes > from) lines += 1;
    }
    position += bytesRead;
  }
}
