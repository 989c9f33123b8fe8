/** Types of ports.mjs for TypeScript callers. */
export interface PortBlock {
  readonly ariPort: number;
  readonly sipPort: number;
  readonly callerSipPort: number;
  /** Ports from here up to rtpStart are free for the test's own use. */
  readonly firstSparePort: number;
  readonly rtpStart: number;
  readonly rtpEnd: number;
  release(): Promise<void>;
}

export function tcpPortFree(port: number, host?: string): Promise<boolean>;
export function udpPortFree(port: number, host?: string): Promise<boolean>;
export function claimPortBlock(options?: { readonly rtpPorts?: number; readonly from?: number; readonly to?: number }): Promise<PortBlock>;
