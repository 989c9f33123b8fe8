import { type FileHandle, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** In a directory of tenants: held by whoever edits, and the new text until it takes the old one's place. Not a tenant file by its name. */
const EDIT_FILE = '.tenant-edit';
/** An edit takes milliseconds: whoever has held it for so long has died. */
const STALE_MS = 60_000;
const READ_ONLY = ['EROFS', 'EACCES', 'EPERM'];

/** The one edit under way in a directory, of all processes that share it. */
export class EditFile {
  private replaced = false;

  private constructor(private readonly path: string, private readonly handle: FileHandle) {}

  /** @throws what the file system throws, see `isReadOnly`. Null: somebody else is editing. */
  static async take(directory: string, nowMs: number): Promise<EditFile | null> {
    const path = join(directory, EDIT_FILE);
    try {
      return new EditFile(path, await open(path, 'wx', 0o600));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const held = await stat(path).catch(() => null); // released since
    if (held !== null && nowMs - held.mtimeMs > STALE_MS) await unlink(path).catch(() => undefined); // the next one may have it
    return null;
  }

  /** `text` in the place of `file`: after a crash the file is the old one or the new one, whole. */
  async replace(file: string, text: string): Promise<void> {
    const { mode } = await lstat(file);
    await this.handle.writeFile(text, 'utf8');
    await this.handle.chmod(mode & 0o777);
    await this.handle.sync();
    await rename(this.path, file);
    this.replaced = true;
    await syncDirectory(dirname(file));
  }

  async release(): Promise<void> {
    await this.handle.close();
    if (!this.replaced) await unlink(this.path).catch(() => undefined); // then it is stale after a while
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

/** The directory is mounted or owned so that we may not write. */
export function isReadOnly(error: unknown): boolean {
  return READ_ONLY.includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
