import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { PortError } from '../../application/ports/port-error.js';
import { spawnWorker } from '../native/spawn-worker.js';
import { PLANE_WORDS, planeWords } from './leg-memory.js';
import type { MediaCommand, MediaReport, MediaThreadInput } from './media-protocol.js';

/** How long the thread may take to end in good order before it is ended. */
const STOP_TIMEOUT_MS = 2000;

export type ReadyReport = Extract<MediaReport, { type: 'ready' }>;

/** The media thread as the main thread sees it: commands in, reports out, one end. */
export class MediaWorkerLink {
  private readonly bell: Int32Array;
  private ended = false;

  private constructor(private readonly worker: Worker, memory: SharedArrayBuffer) {
    this.bell = planeWords(memory);
  }

  /**
   * Starts the thread and waits until it has its socket.
   *
   * @throws PortError `media/bind`, `media/thread`; the signal's reason when it aborts first.
   */
  static async start(module: URL, input: MediaThreadInput, signal: AbortSignal): Promise<{ readonly link: MediaWorkerLink; readonly ready: ReadyReport }> {
    signal.throwIfAborted();
    const worker = spawnWorker(module, input, { name: 'media' });
    try {
      const ready = await firstReport(worker, signal);
      return { link: new MediaWorkerLink(worker, input.memory), ready };
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  onReport(listener: (report: MediaReport) => void): void {
    this.worker.on('message', listener);
  }

  /** Called once when the thread has ended without being told to. */
  onDeath(listener: (error: Error) => void): void {
    let cause: Error | undefined;
    this.worker.on('error', (error) => { cause = error instanceof Error ? error : new Error(String(error)); });
    this.worker.on('exit', (code) => {
      if (this.ended) return;
      this.ended = true;
      listener(new PortError(`the media thread ended with code ${code}`, { code: 'media/thread', kind: 'unavailable', cause }));
    });
  }

  get isAlive(): boolean {
    return !this.ended;
  }

  post(command: MediaCommand): void {
    this.worker.postMessage(command);
    Atomics.add(this.bell, PLANE_WORDS.bell, 1);
    Atomics.notify(this.bell, PLANE_WORDS.bell);
  }

  /** Tells the thread to end, waits, and ends it when it does not. */
  async stop(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    const exit = once(this.worker, 'exit');
    this.post({ type: 'stop' });
    const timeout = setTimeout(() => { void this.worker.terminate(); }, STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(timeout);
  }
}

async function firstReport(worker: Worker, signal: AbortSignal): Promise<ReadyReport> {
  const exit = new AbortController();
  const onExit = (): void => { exit.abort(); };
  worker.once('exit', onExit);
  try {
    const [report] = await once(worker, 'message', { signal: AbortSignal.any([signal, exit.signal]) }) as [MediaReport];
    if (report.type === 'ready') return report;
    throw refusal(report);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PortError) throw error;
    throw new PortError('the media thread did not start', { code: 'media/thread', kind: 'unavailable', retryable: false, cause: error });
  } finally {
    worker.off('exit', onExit);
  }
}

function refusal(report: MediaReport): PortError {
  if (report.type !== 'failed') return new PortError(`the media thread began with ${report.type}`, { code: 'media/thread', kind: 'protocol' });
  const code = report.reason === 'bind' ? 'media/bind' : 'media/thread';
  return new PortError(`the media thread has no socket: ${report.message}`, { code, kind: 'unavailable', retryable: false });
}
