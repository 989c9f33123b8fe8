import type { Worker } from 'node:worker_threads';
import { PortError } from '../../../application/ports/port-error.js';
import { spawnWorker } from '../../native/spawn-worker.js';
import type { RecogniserAnswer, RecogniserCommand, RecogniserFailure, RecogniserWorkerInput, ThreadAnswer } from './recogniser-protocol.js';

/** Longer than the slowest utterance takes; then the thread is ended by force. */
const STOP_MS_MAX = 2000;

/** Takes answers about one stream. */
export interface RecogniserListener {
  take(answer: RecogniserAnswer): void;
  fail(failure: RecogniserFailure): void;
}

/** The main thread's handle of a recogniser thread and of the streams it serves. */
export class RecogniserThread {
  private readonly worker: Worker;
  private readonly listeners = new Map<number, RecogniserListener>();
  private readonly ready: Promise<void>;
  private readonly exited: Promise<void>;
  private refuse: (failure: RecogniserFailure) => void = () => undefined;
  private closing: Promise<void> | null = null;
  private dead = false;

  private constructor(input: RecogniserWorkerInput, private readonly onDeath: (reason: string) => void) {
    this.worker = spawnWorker(new URL('./recogniser-worker.js', import.meta.url), input, { name: 'speech-recognition' });
    this.exited = new Promise((resolve) => { this.worker.once('exit', () => { resolve(); }); });
    this.ready = new Promise((resolve, reject) => {
      this.refuse = ({ message, code, kind }) => { reject(new PortError(message, { code, kind, retryable: false })); };
      this.worker.on('message', (answer: ThreadAnswer | RecogniserAnswer) => {
        if (answer.type === 'ready') resolve();
        else if (answer.type === 'unusable') this.refuse(answer.failure);
        else this.listeners.get(answer.stream)?.take(answer);
      });
    });
    this.worker.on('error', (error) => { this.died(error.message); });
    this.worker.on('exit', () => { this.died('it ended'); });
  }

  /** Resolves when the libraries are loaded. @throws PortError with what to install. */
  static async open(input: RecogniserWorkerInput, onDeath: (reason: string) => void): Promise<RecogniserThread> {
    const thread = new RecogniserThread(input, onDeath);
    try {
      await thread.ready;
      return thread;
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  get alive(): boolean {
    return !this.dead && this.closing === null;
  }

  get load(): number {
    return this.listeners.size;
  }

  add(stream: number, listener: RecogniserListener): void {
    this.listeners.set(stream, listener);
  }

  remove(stream: number): void {
    this.listeners.delete(stream);
  }

  send(command: RecogniserCommand): void {
    if (this.alive) this.worker.postMessage(command);
  }

  /** Idempotent. Lets the thread free its libraries; ends it by force if it does not. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    this.failAll({ code: 'speech-to-text/closed', kind: 'unavailable', message: 'the recogniser is closed' });
    if (this.dead) return;
    this.worker.postMessage({ type: 'stop' } satisfies RecogniserCommand);
    const force = setTimeout(() => { void this.worker.terminate(); }, STOP_MS_MAX);
    await this.exited;
    clearTimeout(force);
  }

  private died(reason: string): void {
    if (this.dead) return;
    this.dead = true;
    const failure: RecogniserFailure = { code: 'speech-to-text/unavailable', kind: 'unavailable', message: `the recogniser thread died: ${reason}` };
    this.refuse(failure);
    this.failAll(failure);
    if (this.closing === null) this.onDeath(reason);
  }

  private failAll(failure: RecogniserFailure): void {
    const listeners = [...this.listeners.values()];
    this.listeners.clear();
    for (const listener of listeners) listener.fail(failure);
  }
}
