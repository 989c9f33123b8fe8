import { type FileHandle, open } from 'node:fs/promises';
import { WAV_HEADER_BYTES, wavHeader } from '../../../domain/audio/wav.js';
import { durationOfBytes, type Recording, RECORDING_CHANNELS } from '../../../domain/recording/recording.js';
import { CHUNK_BYTES, type ContainerHead, HEADER_BYTES_MAX, headBytesOf, parseHead } from '../sealed/recording-container.js';
import { type RecordingKeys, tampered } from '../sealed/recording-keys.js';

const SAMPLE_BYTES = 2;

/** One complete recording on the disk, open for reading. */
export class RecordingFile {
  private constructor(private readonly handle: FileHandle, private readonly head: ContainerHead, readonly recording: Recording) {}

  /** @throws PortError `recording-store/tampered`, `recording-store/unreadable`; what the file system throws. */
  static async open(path: string, keys: RecordingKeys | null): Promise<RecordingFile> {
    const handle = await open(path, 'r');
    try {
      const head = await readHead(handle, keys);
      const { size } = await handle.stat();
      const audioBytes = audioBytesOf(size - head.headBytes, head.seal.overheadBytes);
      const { beginning } = head;
      return new RecordingFile(handle, head, { ...beginning, audioBytes, durationMs: durationOfBytes(audioBytes, beginning.sampleRateHz) });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of it as a WAV. Every piece is checked before any byte of it is given. */
  async *read({ first, last }: { readonly first: number; readonly last: number }): AsyncGenerator<Uint8Array> {
    const { audioBytes, sampleRateHz } = this.recording;
    const lastIndex = Math.floor(audioBytes / CHUNK_BYTES);
    const ending = await this.chunk(lastIndex, true);
    if (first < WAV_HEADER_BYTES) {
      const header = wavHeader({ sampleRateHz, channels: RECORDING_CHANNELS, samplesPerChannel: audioBytes / (SAMPLE_BYTES * RECORDING_CHANNELS) });
      yield header.subarray(first, Math.min(WAV_HEADER_BYTES, last + 1));
    }
    const end = Math.min(audioBytes, last + 1 - WAV_HEADER_BYTES);
    for (let at = Math.max(0, first - WAV_HEADER_BYTES); at < end;) {
      const index = Math.floor(at / CHUNK_BYTES);
      const begin = index * CHUNK_BYTES;
      const audio = index === lastIndex ? ending : await this.chunk(index, false);
      yield audio.subarray(at - begin, Math.min(CHUNK_BYTES, end - begin));
      at = begin + CHUNK_BYTES;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async chunk(index: number, last: boolean): Promise<Buffer> {
    const { seal, headBytes } = this.head;
    const sealedBytes = CHUNK_BYTES + seal.overheadBytes;
    const length = last ? this.recording.audioBytes - index * CHUNK_BYTES + seal.overheadBytes : sealedBytes;
    const sealed = await readFully(this.handle, headBytes + index * sealedBytes, length);
    return last ? seal.openLast(sealed, index) : seal.open(sealed, { kind: 'audio', index });
  }
}

export async function readHead(handle: FileHandle, keys: RecordingKeys | null): Promise<ContainerHead> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
  const bytes = buffer.subarray(0, bytesRead);
  if (headBytesOf(bytes) > bytesRead) throw tampered();
  return parseHead(bytes, keys);
}

/** Audio in a body whose last piece is shorter than the others. */
function audioBytesOf(bodyBytes: number, overheadBytes: number): number {
  const sealedBytes = CHUNK_BYTES + overheadBytes;
  const whole = Math.floor(bodyBytes / sealedBytes);
  const rest = bodyBytes - whole * sealedBytes - overheadBytes;
  if (rest < 0) throw tampered();
  return whole * CHUNK_BYTES + rest;
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
