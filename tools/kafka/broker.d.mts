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

/** One more listener, with TLS and a login (PLAIN and both SCRAM). */
export interface Secured {
  readonly port: number;
  /** File with key and certificate. */
  readonly pem: string;
  readonly username: string;
  readonly password: string;
}

export function startBroker(options: { readonly runDir: string; readonly port?: number; readonly controllerPort?: number; readonly advertisedPort?: number; readonly dieWithParent?: boolean; readonly secured?: Secured }): Promise<Broker>;
export function readBroker(runDir: string): Promise<Broker | undefined>;
export function stopBroker(runDir: string): Promise<'gone' | 'stopped' | 'killed'>;
