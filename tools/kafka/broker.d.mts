/** Types of broker.mjs for TypeScript callers. */
export interface Broker {
  readonly pid: number;
  readonly startTicks: number;
  readonly runDir: string;
  readonly version: string;
  /** host:port for clients. */
  readonly address: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly startedInMs: number;
}

export function startBroker(options: { readonly runDir: string; readonly port?: number; readonly controllerPort?: number; readonly advertisedPort?: number; readonly dieWithParent?: boolean }): Promise<Broker>;
export function readBroker(runDir: string): Promise<Broker | undefined>;
export function stopBroker(runDir: string): Promise<'gone' | 'stopped' | 'killed'>;
