import { type FileHandle, open } from 'node:fs/promises';
import { type ContainerHead, HEADER_BYTES_MAX, headBytesOf, parseHead } from '../sealed/recording-container.js';
import { type RecordingKeys, tampered } from '../sealed/recording-keys.js';
import { StoredRecording } from '../sealed/stored-recording.js';

/**
 * One complete recording on the disk.
 *
 * @throws PortError `recording-store/tampered`, `recording-store/unreadable`; what the file system throws.
 */
export async function openRecordingFile(path: string, keys: RecordingKeys | null, openFile = open): Promise<StoredRecording> {
  const handle = await openFile(path, 'r');
  try {
    const head = await readHead(handle, keys);
    const { size } = await handle.stat();
    return new StoredRecording({ read: (position, length) => readFully(handle, position, length), close: () => handle.close() }, head, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export async function readHead(handle: FileHandle, keys: RecordingKeys | null): Promise<ContainerHead> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
  const bytes = buffer.subarray(0, bytesRead);
  if (headBytesOf(bytes) > bytesRead) throw tampered();
  return parseHead(bytes, keys);
}

async function readFully(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw tampered();
    done += bytesRead;
  }
  return buffer;
}
