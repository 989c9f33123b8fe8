import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { CHUNK_BYTES, HEAD_PREFIX_BYTES, headBytesOf } from '../sealed/recording-container.js';
import type { RecordingKeys } from '../sealed/recording-keys.js';
import { readHead } from './recording-file.js';
import type { WriterPaths } from './file-recording-writer.js';

/** Both channels of one sample. */
const FRAME_BYTES = 4;

/**
 * Completes what a process that died has left: its whole pieces are kept, what comes after them was lost with it. One without audio
 * is removed. Resolves to whether there is a recording now. @throws PortError `recording-store/*` when it cannot be read; it stays.
 */
export async function completeTorn({ part, complete }: WriterPaths, keys: RecordingKeys | null): Promise<boolean> {
  const handle = await open(part, 'r+');
  let kept = false;
  try {
    const { size } = await handle.stat();
    if (size >= await headBytesIn(handle)) {
      const { seal, headBytes } = await readHead(handle, keys);
      const chunkBytes = CHUNK_BYTES + seal.overheadBytes;
      const bodyBytes = Math.max(0, size - headBytes);
      const chunks = Math.floor(bodyBytes / chunkBytes);
      const rest = seal.overheadBytes === 0 ? Math.floor((bodyBytes % chunkBytes) / FRAME_BYTES) * FRAME_BYTES : 0;
      const wholeBytes = headBytes + chunks * chunkBytes + rest;
      kept = chunks > 0 || rest > 0;
      await handle.truncate(wholeBytes);
      await handle.write(seal.seal(Buffer.alloc(0), { kind: 'last-recovered', index: chunks }), 0, undefined, wholeBytes);
    }
  } finally {
    await handle.close();
  }
  if (kept) await rename(part, complete); else await rm(part, { force: true });
  return kept;
}

/** What its head has or would have; infinite when not even that is known. */
async function headBytesIn(handle: FileHandle): Promise<number> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_PREFIX_BYTES), 0, HEAD_PREFIX_BYTES, 0);
  return bytesRead < HEAD_PREFIX_BYTES ? Infinity : headBytesOf(buffer);
}
