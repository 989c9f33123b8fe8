import { WAV_HEADER_BYTES, wavHeader } from '../../../domain/audio/wav.js';
import { durationOfBytes, type Recording, RECORDING_CHANNELS } from '../../../domain/recording/recording.js';
import { CHUNK_BYTES, type ContainerHead } from './recording-container.js';
import { tampered } from './recording-keys.js';

const SAMPLE_BYTES = 2;

/** Where the bytes of a container lie. */
export interface ContainerSource {
  /** Exactly `length` bytes from `position` on. @throws PortError `recording-store/tampered` when they are not there. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** One complete recording, open for reading. */
export class StoredRecording {
  readonly recording: Recording;

  /** `sizeBytes`: of the whole container. @throws PortError `recording-store/tampered`. */
  constructor(private readonly source: ContainerSource, private readonly head: ContainerHead, readonly sizeBytes: number) {
    this.recording = recordingOf(head, sizeBytes);
  }

  get headBytes(): number {
    return this.head.headBytes;
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
    return this.source.close();
  }

  private async chunk(index: number, last: boolean): Promise<Buffer> {
    const { seal, headBytes } = this.head;
    const sealedBytes = CHUNK_BYTES + seal.overheadBytes;
    const length = last ? this.recording.audioBytes - index * CHUNK_BYTES + seal.overheadBytes : sealedBytes;
    const sealed = await this.source.read(headBytes + index * sealedBytes, length);
    return last ? seal.openLast(sealed, index) : seal.open(sealed, { kind: 'audio', index });
  }
}

/** What a head and the size of its container say. @throws PortError `recording-store/tampered`. */
export function recordingOf({ beginning, headBytes, seal }: ContainerHead, sizeBytes: number): Recording {
  const audioBytes = audioBytesOf(sizeBytes - headBytes, seal.overheadBytes);
  return { ...beginning, audioBytes, durationMs: durationOfBytes(audioBytes, beginning.sampleRateHz) };
}

/** Audio in a body whose last piece is shorter than the others. */
function audioBytesOf(bodyBytes: number, overheadBytes: number): number {
  const sealedBytes = CHUNK_BYTES + overheadBytes;
  const whole = Math.floor(bodyBytes / sealedBytes);
  const rest = bodyBytes - whole * sealedBytes - overheadBytes;
  if (rest < 0) throw tampered();
  return whole * CHUNK_BYTES + rest;
}
