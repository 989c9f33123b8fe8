import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PortError } from '../../application/ports/port-error.js';

/** More than this waiting for the disk is given up: half an hour of one call's recording. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

/** A file written from begin to end behind the back of who writes: `append` never waits, what went wrong is told by `close`. */
export class SerialFile {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private appended = 0;
  private written = 0;
  private writing: Promise<void> | null = null;
  private failure: unknown = null;
  private closing: Promise<void> | null = null;

  private constructor(readonly path: string, private readonly handle: FileHandle) {}

  /** Makes the directory if need be and replaces the file. @throws PortError simulation-output/unwritable */
  static async open(path: string, signal: AbortSignal): Promise<SerialFile> {
    signal.throwIfAborted();
    try {
      await mkdir(dirname(path), { recursive: true });
      return new SerialFile(path, await open(path, 'w'));
    } catch (cause) {
      throw new PortError(`${path} cannot be written`, { code: 'simulation-output/unwritable', kind: 'unavailable', cause });
    }
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.appended;
  }

  append(bytes: Uint8Array): void {
    if (this.closing !== null || this.failure !== null) return;
    if (this.waitingBytes + bytes.length > WAITING_BYTES_MAX) {
      this.failure = new Error('the disk is too slow');
      return;
    }
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.appended += bytes.length;
    this.writing ??= this.write();
  }

  /** Writes what waits, then `header`, if any, over the beginning. Idempotent. @throws PortError simulation-output/unwritable */
  close(header?: Uint8Array): Promise<void> {
    this.closing ??= this.complete(header);
    return this.closing;
  }

  private async complete(header: Uint8Array | undefined): Promise<void> {
    await this.writing;
    try {
      if (header !== undefined && this.failure === null) await this.handle.write(header, 0, header.length, 0);
    } catch (error) {
      this.failure = error; // thrown below, after the file is closed
    }
    await this.handle.close();
    if (this.failure !== null) throw new PortError(`${this.path} is not complete`, { code: 'simulation-output/unwritable', kind: 'unavailable', cause: this.failure });
  }

  private async write(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const batch = Buffer.concat(this.waiting);
        this.waiting = [];
        this.waitingBytes = 0;
        let at = 0;
        while (at < batch.length) at += (await this.handle.write(batch, at, batch.length - at, this.written + at)).bytesWritten;
        this.written += batch.length;
      }
    } catch (error) {
      this.failure = error; // told by close
      this.waiting = [];
    }
    this.writing = null;
  }
}
