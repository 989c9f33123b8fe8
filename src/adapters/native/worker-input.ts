import { workerData } from 'node:worker_threads';

/** Inside a worker started by `spawnWorker`: the data it was started with. The two files agree on `T`; nothing checks it. */
export function workerInput(): unknown {
  return (workerData as { readonly data: unknown }).data;
}
