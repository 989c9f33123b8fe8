import { type FileHandle, open } from 'node:fs/promises';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import { SpoolFiles } from './spool-files.js';

const NEWLINE = 0x0a;
const READ_BYTES = 256 * 1024;
const SYNC_INTERVAL_MS = 1000;

export interface DiskSpoolOptions {
  readonly directory: string;
  /** In the file names, so that nodes may share a directory. */
  readonly nodeName: string;
  /** What may lie on the disk at one time; an `append` past it is refused. */
  readonly bytesMax: number;
  /** A segment is removed when all of it was delivered: the disk is given back in pieces of this size. */
  readonly segmentBytes: number;
  readonly clock: Clock;
  /** Of the once-a-second sync, which nobody waits for. */
  readonly onSyncFailed: (error: unknown) => void;
}

interface Segment {
  readonly id: number;
  /** Bytes of whole appends; what lies behind them is a failed one. */
  bytes: number;
}

/**
 * Lines that wait on the disk in the order they came, first in first out, also over restarts and crashes. Synced once a
 * second: a power cut loses the last second at most, a crash of the process nothing. Where reading stands is written with the
 * same beat, so that lines acknowledged shortly before a crash come again: at least once. One act at a time, whoever asks.
 */
export class DiskSpool {
  private readonly files: SpoolFiles;
  private segments: Segment[] = [];
  /** In the first segment; everything before it was acknowledged. */
  private offset = 0;
  /** Ends of the lines that were read and not yet acknowledged, in the first segment. */
  private ends: number[] = [];
  private nextId = 1;
  private lines = 0;
  private writer: FileHandle | null = null;
  private syncTimer: Cancel | null = null;
  private unsynced = false;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: DiskSpoolOptions, private readonly openFile: typeof open) {
    this.files = new SpoolFiles(options.directory, options.nodeName);
  }

  /**
   * Takes up what an earlier process left. `openFile`: a file system that fails on purpose, in tests.
   *
   * @throws PortError `events/unwritable` when the directory cannot be used.
   */
  static async open(options: DiskSpoolOptions, openFile: typeof open = open): Promise<DiskSpool> {
    const spool = new DiskSpool(options, openFile);
    try {
      await spool.recover();
    } catch (cause) {
      throw new PortError(`cannot keep events in ${options.directory}`, { code: 'events/unwritable', kind: 'unavailable', cause });
    }
    return spool;
  }

  /** Lines not yet acknowledged. */
  get pending(): number {
    return this.lines;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** All lines or none. Throws PortError `events/spool-full`, or what the file system throws; the same may then be tried again. */
  append(lines: readonly string[]): Promise<void> {
    return this.exclusive(async () => {
      const data = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
      if (this.bytes + data.length > this.options.bytesMax) {
        throw new PortError(`the spool holds its ${this.options.bytesMax} bytes`, { code: 'events/spool-full', kind: 'unavailable' });
      }
      const segment = await this.segmentFor(data.length);
      try {
        this.writer ??= await this.reopen(segment);
        await writeAll(this.writer, data);
      } catch (error) {
        await this.closeWriter().catch(() => undefined); // the failure that brought us here is the one to tell
        throw error;
      }
      segment.bytes += data.length;
      this.lines += lines.length;
      this.syncSoon();
    });
  }

  /** The oldest lines, `linesMax` at most; none only when none wait. They stay until acknowledged. */
  read(linesMax: number): Promise<readonly string[]> {
    return this.exclusive(() => this.readOldest(linesMax));
  }

  /** The `count` oldest were delivered. */
  acknowledge(count: number): Promise<void> {
    return this.exclusive(async () => {
      for (let left = count; left > 0 && this.lines > 0;) {
        if (this.ends.length === 0) await this.readOldest(left);
        const step = Math.min(left, this.ends.length);
        this.offset = this.ends[step - 1] ?? this.offset;
        this.ends.splice(0, step);
        this.lines -= step;
        left -= step;
        await this.dropDelivered();
      }
      this.syncSoon();
    });
  }

  /** Everything appended is on the disk, and where reading stands. */
  sync(): Promise<void> {
    return this.exclusive(() => this.syncNow());
  }

  close(): Promise<void> {
    return this.exclusive(async () => {
      this.syncTimer?.();
      this.syncTimer = null;
      try {
        await this.syncNow();
      } finally {
        await this.closeWriter();
      }
    });
  }

  private async recover(): Promise<void> {
    const ids = await this.files.list();
    const cursor = await this.files.readCursor();
    this.nextId = Math.max(cursor?.segment ?? 0, ids.at(-1) ?? 0) + 1; // a number is never used twice: the cursor may be old
    for (const id of ids) {
      const from = cursor?.segment === id ? cursor.offset : 0;
      const { bytes, lines } = cursor !== null && id < cursor.segment ? { bytes: 0, lines: 0 } : await this.files.repair(id, from);
      if (lines === 0) { await this.files.remove(id); continue; }
      if (this.segments.length === 0) this.offset = from;
      this.segments.push({ id, bytes });
      this.lines += lines;
    }
    await this.files.syncDirectory();
  }

  private exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(act);
    this.last = done.catch(() => undefined); // the one who asked is told; those who come after start fresh
    return done;
  }

  private async segmentFor(moreBytes: number): Promise<Segment> {
    const present = this.segments.at(-1);
    if (present !== undefined && (present.bytes === 0 || present.bytes + moreBytes <= this.options.segmentBytes)) return present;
    if (this.writer !== null) await this.writer.datasync();
    await this.closeWriter();
    const segment = { id: this.nextId, bytes: 0 };
    this.nextId += 1;
    this.segments.push(segment);
    return segment;
  }

  private async reopen(segment: Segment): Promise<FileHandle> {
    const handle = await this.files.open(segment.id, this.openFile);
    try {
      await handle.truncate(segment.bytes); // what a failed append left behind
      if (segment.bytes === 0) await this.files.syncDirectory();
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  private async readOldest(linesMax: number): Promise<readonly string[]> {
    const [segment] = this.segments;
    if (segment === undefined || this.lines === 0) return [];
    const handle = await open(this.files.pathOf(segment.id), 'r');
    try {
      for (let bytes = READ_BYTES; ; bytes *= 2) { // a line longer than a read: read more
        const wanted = Math.min(bytes, segment.bytes - this.offset);
        const data = Buffer.allocUnsafe(wanted);
        const { bytesRead } = await handle.read(data, 0, wanted, this.offset);
        const found = linesOf(data.subarray(0, bytesRead), this.offset, linesMax);
        if (found.ends.length === 0 && bytesRead === bytes) continue;
        if (found.ends.length === 0) throw new Error(`${this.files.pathOf(segment.id)} is shorter than what was written to it`);
        this.ends = found.ends;
        return found.lines;
      }
    } finally {
      await handle.close();
    }
  }

  private async dropDelivered(): Promise<void> {
    const [segment] = this.segments;
    if (segment === undefined || this.offset < segment.bytes) return;
    if (this.segments.length === 1) await this.closeWriter();
    this.segments.shift();
    this.offset = 0;
    await this.files.remove(segment.id);
  }

  private syncSoon(): void {
    this.unsynced = true;
    this.syncTimer ??= this.options.clock.after(SYNC_INTERVAL_MS, () => {
      this.syncTimer = null;
      this.sync().catch((error: unknown) => { this.options.onSyncFailed(error); });
    });
  }

  private async syncNow(): Promise<void> {
    if (!this.unsynced) return;
    await this.writer?.datasync();
    const [first] = this.segments;
    await this.files.writeCursor(first === undefined ? { segment: this.nextId - 1, offset: Number.MAX_SAFE_INTEGER } : { segment: first.id, offset: this.offset });
    this.unsynced = false;
  }

  private async closeWriter(): Promise<void> {
    const { writer } = this;
    this.writer = null;
    await writer?.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written)).bytesWritten;
}

/** Whole lines at the beginning of `data`, and where in the file each ends. */
function linesOf(data: Buffer, offset: number, linesMax: number): { readonly lines: string[]; readonly ends: number[] } {
  const lines: string[] = [];
  const ends: number[] = [];
  for (let from = 0; lines.length < linesMax;) {
    const at = data.indexOf(NEWLINE, from);
    if (at < 0) break;
    lines.push(data.toString('utf8', from, at));
    ends.push(offset + at + 1);
    from = at + 1;
  }
  return { lines, ends };
}
