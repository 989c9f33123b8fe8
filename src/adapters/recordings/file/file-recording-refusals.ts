import { createHmac, randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../../application/ports/port-error.js';
import type { RecordingRefusals } from '../../../application/ports/recording-refusals.js';
import { digitsOf } from '../../../domain/recording/recording.js';
import type { TenantId } from '../../../domain/shared/ids.js';

const KEY_BYTES = 32;
const KEY_FILE = 'number.key';

/** One empty file for each who refused, named by the hash of tenant and number. Nodes that share the directory share the memory. */
export class FileRecordingRefusals implements RecordingRefusals {
  private key: Promise<Buffer> | null = null;

  /** The key of the hash is made with the directory, at the first question, and stays in it: whoever loses it forgets all refusals. */
  constructor(private readonly directory: string) {}

  async has(tenantId: TenantId, number: string): Promise<boolean> {
    return guarded(async () => {
      const file = await this.file(tenantId, number);
      if (file === null) return false;
      try {
        await access(file);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    });
  }

  async add(tenantId: TenantId, number: string): Promise<void> {
    await guarded(async () => {
      const file = await this.file(tenantId, number);
      if (file === null) return;
      const handle = await open(file, 'a', 0o600);
      await handle.sync().finally(() => handle.close());
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async file(tenantId: TenantId, number: string): Promise<string | null> {
    const digits = digitsOf(number);
    if (digits === '') return null;
    this.key ??= keyOf(this.directory).catch((error: unknown) => {
      this.key = null; // asked for again by the next question
      throw error;
    });
    return join(this.directory, createHmac('sha256', await this.key).update(`${tenantId}\0${digits}`).digest('hex'));
  }
}

/** Whoever comes first makes it. */
async function keyOf(directory: string): Promise<Buffer> {
  const file = join(directory, KEY_FILE);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.write(randomBytes(KEY_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = await readFile(file);
  if (key.length !== KEY_BYTES) throw new Error(`${KEY_FILE} is not whole`);
  return key;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new PortError('who refused recordings cannot be looked up', { code: 'recording-refusals/unavailable', kind: 'unavailable', cause });
  }
}
