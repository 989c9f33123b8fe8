import type { Worker } from 'node:worker_threads';
import { PortError } from '../../../application/ports/port-error.js';
import { spawnWorker } from '../../native/spawn-worker.js';
import type { RenderCommand, SpokenWord, SynthesisAnswer, SynthesisCommand, SynthesisWorkerInput } from './synthesis-protocol.js';

/** Longer than any piece takes to be stopped; then the thread is ended by force. */
const STOP_MS_MAX = 1000;

export interface RenderedChunk {
  readonly samples: Int16Array;
  readonly words: readonly SpokenWord[];
}

/** One piece being rendered. */
export class Rendering {
  private readonly chunks: RenderedChunk[] = [];
  private over = false;
  private failure: PortError | null = null;
  private wake: () => void = () => undefined;

  /** @param cancelled tells the thread that the rest is not wanted. */
  constructor(private readonly cancelled: Int32Array) {}

  /** The next chunk; null when all were taken or the rendering was cancelled. @throws PortError text-to-speech/* */
  async next(): Promise<RenderedChunk | null> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk !== undefined) return chunk;
      if (this.failure !== null) throw this.failure;
      if (this.over) return null;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  cancel(): void {
    Atomics.store(this.cancelled, 0, 1);
    this.chunks.length = 0;
    this.end();
  }

  /** False when nothing more will come. */
  take(answer: SynthesisAnswer): boolean {
    if (this.over) return false;
    if (answer.type === 'chunk') {
      this.chunks.push(answer);
      this.wake();
      return true;
    }
    if (answer.type === 'failed') this.failure = new PortError(answer.message, { code: answer.code, kind: answer.kind });
    this.end();
    return false;
  }

  private end(): void {
    this.over = true;
    this.wake();
  }
}

/** The main thread's handle of a synthesis thread. */
export class SynthesisThread {
  private readonly worker: Worker;
  private readonly renderings = new Map<number, Rendering>();
  private readonly exited: Promise<void>;
  private nextId = 1;
  private closing: Promise<void> | null = null;
  private dead = false;

  constructor(input: SynthesisWorkerInput, private readonly onDeath: (reason: string) => void) {
    this.worker = spawnWorker(new URL('./synthesis-worker.js', import.meta.url), input, { name: 'speech-synthesis' });
    this.exited = new Promise((resolve) => { this.worker.once('exit', () => { resolve(); }); });
    this.worker.on('message', (answer: SynthesisAnswer) => {
      if (this.renderings.get(answer.id)?.take(answer) !== true) this.renderings.delete(answer.id);
    });
    this.worker.on('error', (error) => { this.died(error.message); });
    this.worker.on('exit', () => { this.died('it ended'); });
  }

  get alive(): boolean {
    return !this.dead && this.closing === null;
  }

  /** Pieces are rendered in the order of asking. */
  render(piece: Omit<RenderCommand, 'type' | 'id' | 'cancelled'>): Rendering {
    const cancelled = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const rendering = new Rendering(new Int32Array(cancelled));
    const id = this.nextId;
    this.nextId += 1;
    this.renderings.set(id, rendering);
    if (this.alive) this.send({ type: 'render', id, cancelled, ...piece });
    else this.fail('the synthesis thread is not running');
    return rendering;
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    for (const rendering of this.renderings.values()) rendering.cancel();
    this.fail('the synthesiser is closed');
    if (this.dead) return;
    this.send({ type: 'stop' });
    const force = setTimeout(() => { void this.worker.terminate(); }, STOP_MS_MAX);
    await this.exited;
    clearTimeout(force);
  }

  private died(reason: string): void {
    if (this.dead) return;
    this.dead = true;
    this.fail(`the synthesis thread died: ${reason}`);
    if (this.closing === null) this.onDeath(reason);
  }

  private fail(message: string): void {
    for (const [id, rendering] of this.renderings) rendering.take({ id, type: 'failed', code: 'text-to-speech/unavailable', kind: 'unavailable', message });
    this.renderings.clear();
  }

  private send(command: SynthesisCommand): void {
    this.worker.postMessage(command);
  }
}
