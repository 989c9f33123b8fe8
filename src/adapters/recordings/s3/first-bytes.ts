import { open } from 'node:fs/promises';
import { tampered } from '../sealed/recording-keys.js';

/** The first `length` bytes of a file. @throws PortError `recording-store/tampered` when it has fewer; what the file system throws. */
export async function firstBytesOf(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
    if (bytesRead < length) throw tampered();
    return buffer;
  } finally {
    await handle.close();
  }
}
