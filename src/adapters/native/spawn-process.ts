import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** True when this very file runs as TypeScript (tests, `tsx`), false when it was compiled to dist. */
const runsFromSource = import.meta.url.endsWith('.ts');

/**
 * Starts a process of its own on `module`, in production (dist, `.js`) and under tsx (`.ts`) alike, with a channel for messages (typed arrays
 * stay what they are). It gets nothing of our environment: what is secret there is none of its business. What it prints to stderr can be read,
 * stdout goes nowhere. Write the URL with `.js` in both cases. The caller owns the process: listen to 'error' and 'exit', and end it.
 */
export function spawnProcess(module: URL): ChildProcess {
  const file = fileURLToPath(module);
  return fork(runsFromSource ? file.replace(/\.js$/u, '.ts') : file, [], {
    execArgv: runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [],
    env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
