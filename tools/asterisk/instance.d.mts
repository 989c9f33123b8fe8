/** Types of instance.mjs for TypeScript callers. */
export interface StartOptions {
  readonly runDir: string;
  readonly ariPort?: number;
  readonly sipPort?: number;
  readonly callerSipPort?: number;
  readonly rtpStart?: number;
  readonly rtpEnd?: number;
  /** Stasis application of inbound calls. */
  readonly app?: string;
  readonly sipBind?: string;
  readonly confDir?: string;
  /** Further placeholders of asterisk-conf/ (VG_...). */
  readonly values?: Readonly<Record<string, string>>;
  /** End when the starting process ends, however it ends. */
  readonly dieWithParent?: boolean;
}

export interface Instance {
  readonly pid: number;
  readonly startTicks: number;
  readonly runDir: string;
  readonly asteriskVersion: string;
  readonly app: string;
  /** Base of the REST interface, ending in /ari. */
  readonly ariUrl: string;
  readonly ariUser: string;
  readonly ariPassword: string;
  readonly sipHost: string;
  readonly sipPort: number;
  readonly callerSipPort: number;
  readonly rtpStart: number;
  readonly rtpEnd: number;
  readonly softphoneUser: string;
  readonly softphonePassword: string;
  readonly startedInMs: number;
}

export const CONF_DIR: string;
export function startInstance(options: StartOptions): Promise<Instance>;
export function readInstance(runDir: string): Promise<Instance | undefined>;
export function stopInstance(runDir: string): Promise<'gone' | 'stopped' | 'killed'>;
export function runCli(runDir: string, command: string): Promise<string>;
