import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { auditFile, type AuditFile } from './audit-files.js';

const FILE_MODE = 0o640;

export interface AuditLogFileOptions {
  readonly directory: string;
  readonly node: string;
  /** A file that would be larger is followed by the next part. */
  readonly rotateBytes: number;
  /** A file system that fails on purpose, in tests. */
  readonly openFile: typeof open;
}

/** Where writing goes on. */
export interface LogPlace {
  readonly day: string;
  readonly part: number;
  /** Bytes that count; what is behind them is cut off before the next are written. */
  readonly sizeBytes: number;
}

/** The file of a chain that is written now. What was appended counts from `settle` on; until then, and after `forget`, it will be cut off. */
export class AuditLogFile {
  private handle: FileHandle | null = null;
  private appendedBytes = 0;

  constructor(private readonly options: AuditLogFileOptions, private place: LogPlace | null) {}

  get current(): Pick<AuditFile, 'day' | 'part'> | null {
    return this.place;
  }

  /** Resolves when `lines` are on the disk. @param day YYYY-MM-DD; one that lies before that of the file counts as its day: clocks are set back, chains are not. */
  async append(lines: Uint8Array, day: string): Promise<void> {
    const handle = await this.fileFor(day, lines.length);
    for (let written = 0; written < lines.length;) written += (await handle.write(lines, written)).bytesWritten;
    await handle.datasync();
    this.appendedBytes = lines.length;
  }

  settle(): void {
    if (this.place !== null) this.place = { ...this.place, sizeBytes: this.place.sizeBytes + this.appendedBytes };
    this.appendedBytes = 0;
  }

  /** What was appended last, or half of it, does not count. */
  async forget(): Promise<void> {
    this.appendedBytes = 0;
    await this.close().catch(() => undefined); // the failure that brought us here is the one to tell
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close();
  }

  private async fileFor(day: string, moreBytes: number): Promise<FileHandle> {
    const { place } = this;
    if (place === null) this.place = { day, part: 1, sizeBytes: 0 };
    else if (day > place.day) await this.moveTo({ day, part: 1, sizeBytes: 0 });
    else if (place.sizeBytes > 0 && place.sizeBytes + moreBytes > this.options.rotateBytes) await this.moveTo({ day: place.day, part: place.part + 1, sizeBytes: 0 });
    this.handle ??= await this.reopen();
    return this.handle;
  }

  /** The old file is left as it has to be. */
  private async moveTo(place: LogPlace): Promise<void> {
    this.handle ??= await this.reopen();
    await this.close();
    this.place = place;
  }

  private async reopen(): Promise<FileHandle> {
    const { place, options: { directory, node, openFile } } = this;
    if (place === null) throw new Error('no file chosen');
    const handle = await openFile(auditFile(directory, node, place).path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, FILE_MODE);
    try {
      if ((await handle.stat()).size !== place.sizeBytes) await handle.truncate(place.sizeBytes);
      if (place.sizeBytes === 0) await syncDirectory(directory); // a file that is new is in its directory for good
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
