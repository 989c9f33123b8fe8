/** Who asks, and where. */
export interface AwsAccount {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** URL; empty: the region's own. */
  readonly endpoint: string;
}

const nothing = (): void => undefined;

/**
 * Settings of an SDK client. All are given, so that it looks for none in the environment, in shared files or at a metadata server. It
 * tries once: the chain of providers decides what comes after.
 */
export function clientConfig({ accessKeyId, secretAccessKey, region, endpoint }: AwsAccount, service: string) {
  return {
    region, credentials: { accessKeyId, secretAccessKey }, endpoint: endpoint === '' ? `https://${service}.${region}.amazonaws.com` : endpoint,
    maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' as const, useDualstackEndpoint: false, useFipsEndpoint: false, userAgentAppId: '', authSchemePreference: [] as string[], disableClockSkewCorrection: false,
    logger: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }, // else it writes to the console
  };
}
