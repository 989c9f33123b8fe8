import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { EventLogFiles, type Place } from './event-log-files.js';

const FILE_MODE = 0o640;
const NEWLINE = 0x0a;

export interface EventLogOptions {
  readonly directory: string;
  /** In the file name, so that nodes may share a directory. */
  readonly nodeName: string;
  readonly rotateBytes: number;
}

/**
 * The files of `EventLogFiles`, written at the end only: a part that is full, or another day, begins the next. An `append` is there
 * whole or not at all; half-written lines of a failed one are cut off before the next. One act at a time.
 */
export class EventLog {
  private handle: FileHandle | null = null;
  private place: Place | null = null;
  /** Bytes of whole appends in the present file. */
  private sizeBytes = 0;
  private last: Promise<unknown> = Promise.resolve();
  /** By day the last part that is never written to again. */
  private complete: ReadonlyMap<string, number> = new Map();
  private readonly files: EventLogFiles;

  /** `openFile`: a file system that fails on purpose, in tests. */
  constructor(private readonly options: EventLogOptions, private readonly openFile: typeof open = open) {
    this.files = new EventLogFiles(options.directory, options.nodeName);
  }

  /** `day`: YYYY-MM-DD. Throws what the file system throws; the same append may then be tried again. */
  append(lines: Uint8Array, day: string): Promise<void> {
    return this.exclusive(async () => {
      const handle = await this.fileFor(day, lines.length);
      try {
        await writeAll(handle, lines);
      } catch (error) {
        await this.letGo();
        throw error;
      }
      this.sizeBytes += lines.length;
    });
  }

  /** All parts there are, oldest first: none of them is written to from now on, the next append begins another. */
  completeParts(): Promise<readonly Place[]> {
    return this.exclusive(async () => {
      if (this.handle === null && this.place !== null && !Number.isNaN(this.sizeBytes)) this.handle = await this.reopen(); // cuts off what a failed append left
      const places = await this.files.list();
      this.complete = new Map(places.map(({ day, part }) => [day, part]));
      if (this.place !== null) await this.moveTo(this.after(this.place));
      return places;
    });
  }

  /** Everything appended is on the disk, not only with the operating system. */
  sync(): Promise<void> {
    return this.exclusive(async () => { await this.handle?.datasync(); });
  }

  close(): Promise<void> {
    return this.exclusive(async () => {
      const { handle } = this;
      this.handle = null;
      await handle?.close();
    });
  }

  private exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(act);
    this.last = done.catch(() => undefined); // the one who asked is told; those who come after start fresh
    return done;
  }

  private async fileFor(day: string, moreBytes: number): Promise<FileHandle> {
    if (this.place === null || this.place.day !== day) await this.moveTo(await this.latest(day));
    else if (this.sizeBytes > 0 && this.sizeBytes + moreBytes > this.options.rotateBytes) await this.moveTo({ day, part: this.place.part + 1 });
    else if (await this.isTakenAway()) await this.moveTo({ day, part: this.place.part + 1 });
    this.handle ??= await this.reopen();
    return this.handle;
  }

  /** Somebody has removed the file, or another process of this name has written the part anew: what is written to it would be gone. */
  private async isTakenAway(): Promise<boolean> {
    return this.handle !== null && (await this.handle.stat()).nlink === 0;
  }

  /** The first place from there on that may be written to. */
  private after({ day, part }: Place): Place {
    return { day, part: Math.max(part, (this.complete.get(day) ?? 0) + 1) };
  }

  /** Where a day's log goes on: after what an earlier process has written, unless that ended in half a line. */
  private async latest(day: string): Promise<Place> {
    await mkdir(this.options.directory, { recursive: true });
    const part = (await this.files.list()).findLast((place) => place.day === day)?.part ?? 1;
    return this.after({ day, part: await endsWhole(this.files.pathOf({ day, part })) ? part : part + 1 });
  }

  private async moveTo(place: Place): Promise<void> {
    const { handle } = this;
    if (handle !== null) {
      await handle.datasync();
      this.handle = null;
      await handle.close();
    }
    this.place = place;
    this.sizeBytes = Number.NaN; // not known before it is opened
  }

  private async reopen(): Promise<FileHandle> {
    const { place } = this;
    if (place === null) throw new Error('no file chosen');
    await mkdir(this.options.directory, { recursive: true });
    const handle = await this.openFile(this.files.pathOf(place), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, FILE_MODE);
    try {
      const { size } = await handle.stat();
      if (size > this.sizeBytes) await handle.truncate(this.sizeBytes);
      else this.sizeBytes = size;
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  private async letGo(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close().catch(() => undefined); // the failure that brought us here is the one to tell
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written)).bytesWritten;
}

/** True for a file that is absent, empty, or whose last byte ends a line. */
async function endsWhole(path: string): Promise<boolean> {
  const size = await stat(path).then((found) => (found.isFile() ? found.size : 0), () => 0);
  if (size === 0) return true;
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
    return buffer[0] === NEWLINE;
  } finally {
    await handle.close();
  }
}
