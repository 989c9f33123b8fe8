import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { spawnWorker } from '../../src/adapters/native/spawn-worker.js';
import type { CrowdCommand, CrowdEvent, CrowdInput, CrowdReport } from './crowd-protocol.js';

/** A crowd of callers in a thread of its own, as the main thread sees it. */
export class CrowdLink {
  /** What the callers want. */
  onEvent: (event: CrowdEvent) => void = () => undefined;
  private readonly reports: ((report: CrowdReport) => void)[] = [];

  private constructor(private readonly worker: Worker, readonly port: number) {
    worker.on('message', (event: CrowdEvent) => {
      if (event.type === 'report') this.reports.shift()?.(event.report);
      else this.onEvent(event);
    });
  }

  static async start(input: CrowdInput): Promise<CrowdLink> {
    const worker = spawnWorker(new URL('./crowd-thread.js', import.meta.url), input, { name: 'crowd' });
    const [ready] = await once(worker, 'message') as [CrowdEvent]; // rejects when the thread dies at start
    if (ready.type !== 'ready') throw new Error(`the crowd began with ${ready.type}`);
    return new CrowdLink(worker, ready.port);
  }

  post(command: CrowdCommand): void {
    this.worker.postMessage(command);
  }

  report(): Promise<CrowdReport> {
    const answer = new Promise<CrowdReport>((resolve) => { this.reports.push(resolve); });
    this.post({ type: 'report' });
    return answer;
  }

  async close(): Promise<void> {
    const exit = once(this.worker, 'exit');
    this.post({ type: 'stop' });
    await exit;
  }
}
