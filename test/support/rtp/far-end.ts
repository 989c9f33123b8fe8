import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { spawnWorker } from '../../../src/adapters/native/spawn-worker.js';

export interface FarPacket {
  readonly atMs: number;
  readonly sequence: number;
  readonly timestamp: number;
  /** Whether it held sound. µ-law. */
  readonly loud: boolean;
}

/** A listener for one leg's packets in a thread of its own. */
export class FarEnd {
  private constructor(private readonly worker: Worker, readonly port: number) {}

  static async open(): Promise<FarEnd> {
    const worker = spawnWorker(new URL('./far-end-worker.js', import.meta.url), undefined);
    const [{ port }] = await once(worker, 'message') as [{ port: number }];
    return new FarEnd(worker, port);
  }

  /** Ends the listener and returns all that came. */
  async finish(): Promise<readonly FarPacket[]> {
    const exit = once(this.worker, 'exit');
    this.worker.postMessage('finish');
    const [{ packets }] = await once(this.worker, 'message') as [{ packets: FarPacket[] }];
    await exit;
    return packets;
  }
}
