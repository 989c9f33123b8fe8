import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PortError } from '../../../application/ports/port-error.js';
import type { RecordingWriter } from '../../../application/ports/recording-store.js';
import { durationOfBytes, type Recording, type RecordingBeginning } from '../../../domain/recording/recording.js';
import type { ChunkSeal } from '../sealed/chunk-seal.js';
import { CHUNK_BYTES, newHead } from '../sealed/recording-container.js';
import type { RecordingKeys } from '../sealed/recording-keys.js';

/** Seconds that the disk may hang; then the recording ends. Half a megabyte a call. */
const CHUNKS_WAITING_MAX = 16;
const SAMPLE_BYTES = 2;

export interface WriterPaths {
  /** While it is being made. */
  readonly part: string;
  readonly complete: string;
}

/** A file that grows by sealed pieces. One write at a time; nobody waits for it. */
export class FileRecordingWriter implements RecordingWriter {
  audioBytes = 0;
  /** Holds what is not a whole piece yet. The processors that Node runs on are little-endian, as WAV is. */
  private samples = new Int16Array(CHUNK_BYTES / SAMPLE_BYTES);
  private filled = 0;
  private chunks = 0;
  private readonly waiting: Buffer[] = [];
  private readonly seal: ChunkSeal;
  private handle: FileHandle | null = null;
  private work: Promise<void> = Promise.resolve();
  private writing = false;
  private failure: unknown = null;
  private stage: 'open' | 'finished' | 'discarded' = 'open';
  private finishing: Promise<Recording | null> | null = null;
  private discarding: Promise<void> | null = null;

  constructor(readonly beginning: RecordingBeginning, private readonly paths: WriterPaths, keys: RecordingKeys | null, private readonly openFile: typeof open = open) {
    const { bytes, seal } = newHead(beginning, keys);
    this.seal = seal;
    this.push(bytes);
  }

  write(interleaved: Int16Array): boolean {
    if (this.stage !== 'open' || this.failure !== null) return false;
    for (let at = 0; at < interleaved.length;) {
      const room = this.samples.length - this.filled;
      const part = interleaved.subarray(at, at + room);
      this.samples.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === this.samples.length && !this.pushSamples()) return false;
    }
    this.audioBytes += interleaved.length * SAMPLE_BYTES;
    return true;
  }

  finish(): Promise<Recording | null> {
    this.finishing ??= this.complete();
    return this.finishing;
  }

  discard(): Promise<void> {
    this.discarding ??= this.remove();
    return this.discarding;
  }

  private pushSamples(): boolean {
    if (this.waiting.length >= CHUNKS_WAITING_MAX) {
      this.failure = new PortError('the disk does not take a recording', { code: 'recording-store/too-slow', kind: 'unavailable' });
      return false;
    }
    this.push(this.seal.seal(this.filledBytes(), { kind: 'audio', index: this.chunks }));
    this.chunks += 1;
    this.filled = 0;
    return true;
  }

  private filledBytes(): Uint8Array {
    return new Uint8Array(this.samples.buffer, 0, this.filled * SAMPLE_BYTES);
  }

  private push(bytes: Buffer): void {
    this.waiting.push(bytes);
    if (this.writing) return;
    this.writing = true;
    this.work = this.drain();
  }

  /** Never rejects: a failure is told by the next `write` and by `finish`. */
  private async drain(): Promise<void> {
    await Promise.resolve(); // all that is there goes in one write
    try {
      while (this.waiting.length > 0 && this.stage !== 'discarded') {
        this.handle ??= await this.create();
        const taken = this.waiting.length; // they count as waiting until they are written
        await writeFully(this.handle, Buffer.concat(this.waiting));
        this.waiting.splice(0, taken);
      }
    } catch (error) {
      this.failure ??= error;
      this.waiting.length = 0;
    }
    this.writing = false;
  }

  private async create(): Promise<FileHandle> {
    await mkdir(dirname(this.paths.part), { recursive: true, mode: 0o700 });
    return this.openFile(this.paths.part, 'wx', 0o600);
  }

  private async complete(): Promise<Recording | null> {
    if (this.stage === 'discarded') return null;
    this.stage = 'finished';
    if (this.audioBytes === 0) { await this.unlink(); return null; }
    await this.work;
    try {
      this.throwFailure();
      this.push(this.seal.seal(this.filledBytes(), { kind: 'last', index: this.chunks }));
      await this.work;
      this.throwFailure();
      await this.release();
      if (this.discarding !== null) return null;
      await rename(this.paths.part, this.paths.complete);
    } catch (error) {
      await this.release(); // what a disk that failed has kept is whole up to its last piece: the next start takes it up
      throw storeFailure(error);
    }
    return { ...this.beginning, audioBytes: this.audioBytes, durationMs: durationOfBytes(this.audioBytes, this.beginning.sampleRateHz) };
  }

  /* A method, because it changes while something is awaited. */
  private throwFailure(): void {
    if (this.failure !== null) throw storeFailure(this.failure);
  }

  private async remove(): Promise<void> {
    this.stage = 'discarded';
    this.waiting.length = 0;
    this.samples = new Int16Array(0);
    if (this.finishing !== null) await this.finishing.catch(() => null); // it may be on its way to its other name
    await this.unlink();
  }

  private async unlink(): Promise<void> {
    await this.work;
    await this.release();
    try {
      await Promise.all([rm(this.paths.part, { force: true }), rm(this.paths.complete, { force: true })]);
    } catch (error) {
      throw storeFailure(error);
    }
  }

  private async release(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close().catch(() => undefined); // nothing more is written: what came before was told
  }
}

function storeFailure(cause: unknown): PortError {
  return cause instanceof PortError ? cause : new PortError('a recording could not be written', { code: 'recording-store/unavailable', kind: 'unavailable', cause });
}

async function writeFully(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
}
