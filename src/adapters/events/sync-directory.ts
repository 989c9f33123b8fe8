import { open } from 'node:fs/promises';

/** A file that was made, renamed or removed is so for good only when its directory is on the disk too. Throws what the file system throws. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
