import { appendFile, mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TenantId } from '../../domain/shared/ids.js';
import { DAY, DIRECTORY_MODE, FILE_MODE, isMissing, orMissing, tenantDirectory } from './history-files.js';

const ENDING = '.ndjson';

/** `<directory>/<tenant>/usage/<day>.ndjson`: what the calls of a day count, the day being that of their ids. Throws what the file system throws. */
export class UsageFiles {
  constructor(private readonly directory: string) {}

  async append(tenantId: TenantId, day: string, text: string): Promise<void> {
    const path = this.pathOf(tenantId, day);
    try {
      await appendFile(path, text, { mode: FILE_MODE });
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
      await appendFile(path, text, { mode: FILE_MODE });
    }
  }

  /** Bytes; 0: there is none. */
  async size(tenantId: TenantId, day: string): Promise<number> {
    return orMissing(stat(this.pathOf(tenantId, day)).then(({ size }) => size), 0);
  }

  /** Of the file from `fromByte` to `toByte`. */
  async read(tenantId: TenantId, day: string, { fromByte, toByte }: { readonly fromByte: number; readonly toByte: number }): Promise<string> {
    const file = await open(this.pathOf(tenantId, day), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(toByte - fromByte), 0, toByte - fromByte, fromByte);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  }

  /** Whole, or as it was. */
  async replace(tenantId: TenantId, day: string, text: string): Promise<void> {
    const path = this.pathOf(tenantId, day);
    await writeFile(`${path}.new`, text, { mode: FILE_MODE });
    await rename(`${path}.new`, path);
  }

  /** Days with a ledger, oldest first. */
  async days(tenantId: TenantId): Promise<readonly string[]> {
    const names = await orMissing(readdir(this.usagePath(tenantId)), []);
    return names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length)).filter((day) => DAY.test(day)).sort();
  }

  async remove(tenantId: TenantId, day: string): Promise<void> {
    const path = this.pathOf(tenantId, day);
    await rm(path, { force: true });
    for (const directory of [dirname(path), dirname(dirname(path))]) await rmdir(directory).catch(() => undefined); // it holds others
  }

  private usagePath(tenantId: TenantId): string {
    return join(this.directory, tenantDirectory(tenantId), 'usage');
  }

  private pathOf(tenantId: TenantId, day: string): string {
    return join(this.usagePath(tenantId), day + ENDING);
  }
}
