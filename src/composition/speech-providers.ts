import { deepgram } from '../adapters/speech/deepgram/provider.js';
import { onprem } from '../adapters/speech/onprem/provider.js';
import type { ProviderSettings, SpeechProvider } from '../adapters/speech/wire/provider.js';
import type { Config } from '../config/gateway-schema.js';

/** Providers of the network, by name. None loads its SDK before it is used. A new one is one line here. */
export const SPEECH_PROVIDERS: Readonly<Record<string, SpeechProvider>> = {
  deepgram,
  onprem,
};

/** An account at a provider, as it was configured, checked. */
export interface SpeechAccount {
  readonly name: string;
  readonly provider: SpeechProvider;
  readonly settings: ProviderSettings;
  /** Null: every tenant. */
  readonly tenants: readonly string[] | null;
}

/** @throws Error that tells every fault of every account, and how to mend it. */
export function speechAccounts({ speech }: Config): readonly SpeechAccount[] {
  const faults: string[] = [];
  const accounts = Object.entries(speech.accounts).flatMap(([name, { provider: whose, tenants, ...given }]) => {
    const fault = (message: string): void => { faults.push(`speech.accounts.${name}: ${message}`); };
    const providerName = whose?.reveal() ?? name;
    const provider = SPEECH_PROVIDERS[providerName];
    if (provider === undefined) {
      fault(`there is no provider ${providerName}; say provider: with one of ${Object.keys(SPEECH_PROVIDERS).join(', ')}`);
      return [];
    }
    for (const setting of Object.keys(given)) {
      if (!Object.hasOwn(provider.settings, setting)) fault(`${providerName} has no setting ${setting}; it has ${Object.keys(provider.settings).join(', ')}`);
    }
    const settings: Record<string, string> = {};
    for (const [setting, { default: fallback, doc }] of Object.entries(provider.settings)) {
      const value = given[setting]?.reveal() ?? fallback;
      if (value === undefined) fault(`${setting} is missing (${doc}); add ${setting}: …`);
      else settings[setting] = value;
    }
    return [{ name, provider, settings, tenants: tenants?.reveal().split(',').map((id) => id.trim()) ?? null }];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return accounts;
}
