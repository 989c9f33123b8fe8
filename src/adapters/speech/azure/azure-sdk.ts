import type * as Sdk from 'microsoft-cognitiveservices-speech-sdk';

export type AzureSdk = Omit<typeof Sdk, 'default'>;

let loading: Promise<AzureSdk> | null = null;

/** Microsoft's SDK, once, without its telemetry; it logs to the console only when it is told to, which it never is. */
export function loadAzureSdk(): Promise<AzureSdk> {
  loading ??= import('microsoft-cognitiveservices-speech-sdk').then((sdk) => {
    sdk.Recognizer.enableTelemetry(false);
    return sdk;
  });
  return loading;
}

export interface AzureAccount {
  readonly apiKey: string;
  /** Region of the account, as westeurope; empty when `host` is given. */
  readonly region: string;
  /** Where a container of theirs is, as wss://speech.bank.example; empty for the cloud. */
  readonly host: string;
}

/** @throws Error when the account names neither region nor host. */
export function checkAccount(account: AzureAccount): AzureAccount {
  if (account.region === '' && account.host === '') throw new Error('an azure account needs a region, or the host of a container');
  return account;
}

export function speechConfig(sdk: AzureSdk, { apiKey, region, host }: AzureAccount): Sdk.SpeechConfig {
  return host === '' ? sdk.SpeechConfig.fromSubscription(apiKey, region) : sdk.SpeechConfig.fromHost(new URL(host), apiKey);
}

/** Whether the SDK can make something of it. What it cannot read makes it deaf without a word to anybody. */
export function isReadable({ message }: Sdk.ConnectionMessageEventArgs): boolean {
  const path: unknown = message.path;
  if (typeof path !== 'string') return false;
  if (!message.isTextMessage) return true;
  const body: unknown = message.TextMessage;
  if (typeof body !== 'string' || body === '') return true;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
