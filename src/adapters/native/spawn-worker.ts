import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** True when this very file runs as TypeScript (tests, `tsx`), false when it was compiled to dist. */
const runsFromSource = import.meta.url.endsWith('.ts');

/**
 * Node 20 ignores tsx for the entry module of a worker. So, from source, the worker starts with this
 * line of plain JavaScript, which installs tsx for its own thread and then imports the real module.
 */
const SOURCE_BOOTSTRAP = `
const { workerData } = require('node:worker_threads');
import(workerData.tsxApi).then(({ register }) => { register(); return import(workerData.module); })
  .catch((error) => { setImmediate(() => { throw error; }); });
`;

interface SourceBootstrapData {
  readonly tsxApi: string;
  readonly module: string;
  readonly data: unknown;
}

/**
 * Starts a worker thread on `module`, in production (dist, `.js`) and under tsx (`.ts`) alike.
 *
 * Write the URL with `.js` in both cases: `new URL('./media-worker.js', import.meta.url)`.
 * The worker reads what it was given with `workerInput()`, never `workerData` itself.
 * The caller owns the worker: listen to 'error' and 'exit', and `terminate()` it.
 */
export function spawnWorker(module: URL, data: unknown, options: Omit<WorkerOptions, 'workerData' | 'eval' | 'execArgv'> = {}): Worker {
  if (!runsFromSource) return new Worker(module, { ...options, workerData: { data } });
  const bootstrap: SourceBootstrapData = { tsxApi: tsxApiUrl(), module: module.href, data };
  return new Worker(SOURCE_BOOTSTRAP, { ...options, eval: true, execArgv: [], workerData: bootstrap });
}

/** `import.meta.resolve` is not there when mocha loads this file as CommonJS, and tsx's CommonJS build cannot register hooks. */
function tsxApiUrl(): string {
  const commonJs = createRequire(import.meta.url).resolve('tsx/esm/api');
  return pathToFileURL(commonJs.replace(/\.cjs$/, '.mjs')).href;
}
