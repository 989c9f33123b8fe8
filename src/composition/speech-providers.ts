import type { ProviderSettings, SpeechProvider } from '../adapters/speech/wire/provider.js';
import type { Config } from '../config/gateway-schema.js';
import * as list from './speech-provider-list.js';

export const SPEECH_PROVIDERS: Readonly<Record<string, SpeechProvider>> = list;

/** An account at a provider, as it was configured, checked. */
export interface SpeechAccount {
  readonly name: string;
  readonly provider: SpeechProvider;
  readonly settings: ProviderSettings;
  /** Whether it can be used as a recogniser, and as a synthesiser. */
  readonly recognises: boolean;
  readonly speaks: boolean;
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
    const uses = usesOf(provider, settings);
    if (!uses.recognises && !uses.speaks) fault(`it can neither recognise nor speak; ${providerName} needs more settings for that, see docs/speech-providers.md`);
    return [{ name, provider, settings, ...uses, tenants: tenants?.reveal().split(',').map((id) => id.trim()) ?? null }];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return accounts;
}

function usesOf(provider: SpeechProvider, settings: ProviderSettings): Pick<SpeechAccount, 'recognises' | 'speaks'> {
  const offers = provider.offers?.(settings) ?? { speechToText: true, textToSpeech: true };
  return { recognises: offers.speechToText && provider.speechToText !== null, speaks: offers.textToSpeech && provider.textToSpeech !== null };
}
