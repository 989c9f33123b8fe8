import type { LoadAnswer } from './engine-protocol.js';

/**
 * The engine's end of the channel, in a process of its own. Loads what the first message tells and hands on the others. The process ends
 * with its gateway; a signal to the group (Ctrl-C, a container that stops) it leaves to the gateway, whose calls go on for a while.
 */
export function serveEngine(load: (message: unknown) => Promise<(command: unknown) => void>): void {
  process.on('disconnect', () => { process.exit(0); });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.once('message', (first) => {
    load(first).then((carryOut) => {
      process.on('message', carryOut);
      tell({ type: 'ready' } satisfies LoadAnswer);
    }, (error: unknown) => {
      tell({ type: 'unusable', message: error instanceof Error ? error.message : String(error) } satisfies LoadAnswer);
    });
  });
}

/** Nothing when the gateway is gone: then this process ends. */
export function tell(answer: object): void {
  if (process.connected) process.send?.(answer);
}
