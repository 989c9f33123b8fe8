import type { ProviderSettings, SpeechProvider } from '../adapters/speech/wire/provider.js';
import type { Concurrency } from '../application/speech/concurrency-limit.js';
import type { Config } from '../config/gateway-schema.js';
import * as list from './speech-provider-list.js';

export const SPEECH_PROVIDERS: Readonly<Record<string, SpeechProvider>> = list;

/** An account at a provider, as it was configured, checked. */
export interface SpeechAccount {
  readonly name: string;
  readonly provider: SpeechProvider;
  readonly settings: ProviderSettings;
  /** Whether it can be used as a recogniser, as a synthesiser, and as a detector of voice. */
  readonly recognises: boolean;
  readonly speaks: boolean;
  readonly detects: boolean;
  /** Null: every tenant. */
  readonly tenants: readonly string[] | null;
  /** What this process holds there at one time. */
  readonly sttStreams: Concurrency;
  readonly ttsRequests: Concurrency;
  /** Time from the end of an utterance to its final, 99th percentile, as measured with this account; null: what the adapter assumes. */
  readonly finalLatencyP99Ms: number | null;
}

type Given = Config['speech']['accounts'][string];
type TellFault = (message: string) => void;

/** Settings of every account, of which its provider knows nothing. */
const COMMON_SETTINGS = ['provider', 'tenants', 'sttStreamsMax', 'sttStreamsPerTenantMax', 'ttsRequestsMax', 'ttsRequestsPerTenantMax', 'finalLatencyMs'] as const;
const NUMBER_MAX = 100_000;

/** @throws Error that tells every fault of every account, and how to mend it. */
export function speechAccounts({ speech }: Config): readonly SpeechAccount[] {
  const faults: string[] = [];
  const accounts = Object.entries(speech.accounts).map(([name, given]) => accountOf(name, given, (message) => { faults.push(`speech.accounts.${name}: ${message}`); }));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return accounts.filter((account) => account !== null);
}

function accountOf(name: string, given: Given, fault: TellFault): SpeechAccount | null {
  const providerName = given['provider']?.reveal() ?? name;
  const provider = SPEECH_PROVIDERS[providerName];
  if (provider === undefined) {
    fault(`there is no provider ${providerName}; say provider: with one of ${Object.keys(SPEECH_PROVIDERS).join(', ')}`);
    return null;
  }
  const known = [...Object.keys(provider.settings), ...COMMON_SETTINGS];
  for (const setting of Object.keys(given)) {
    if (!known.includes(setting)) fault(`${providerName} has no setting ${setting}; it has ${known.join(', ')}`);
  }
  const settings = settingsOf(provider, given, fault);
  const uses = usesOf(provider, settings);
  if (!uses.recognises && !uses.speaks) fault(`it can neither recognise nor speak; ${providerName} needs more settings for that, see docs/speech-providers.md`);
  return {
    name, provider, settings, ...uses, tenants: given['tenants']?.reveal().split(',').map((id) => id.trim()) ?? null,
    ...limitsOf(given, fault),
  };
}

function limitsOf(given: Given, fault: TellFault): Pick<SpeechAccount, 'sttStreams' | 'ttsRequests' | 'finalLatencyP99Ms'> {
  const number = (setting: typeof COMMON_SETTINGS[number]): number | null => wholeNumber(setting, given, fault);
  return {
    sttStreams: { max: number('sttStreamsMax') ?? Infinity, perTenantMax: number('sttStreamsPerTenantMax') ?? Infinity },
    ttsRequests: { max: number('ttsRequestsMax') ?? Infinity, perTenantMax: number('ttsRequestsPerTenantMax') ?? Infinity },
    finalLatencyP99Ms: number('finalLatencyMs'),
  };
}

function settingsOf(provider: SpeechProvider, given: Given, fault: TellFault): ProviderSettings {
  const settings: Record<string, string> = {};
  for (const [setting, { default: fallback, doc }] of Object.entries(provider.settings)) {
    const value = given[setting]?.reveal() ?? fallback;
    if (value === undefined) fault(`${setting} is missing (${doc}); add ${setting}: …`);
    else settings[setting] = value;
  }
  return settings;
}

function wholeNumber(setting: string, given: Given, fault: TellFault): number | null {
  const value = given[setting]?.reveal();
  if (value === undefined) return null;
  if (!/^[1-9]\d*$/u.test(value) || Number(value) > NUMBER_MAX) fault(`${setting} must be a whole number from 1 to ${NUMBER_MAX}`);
  return Number(value);
}

function usesOf(provider: SpeechProvider, settings: ProviderSettings): Pick<SpeechAccount, 'recognises' | 'speaks' | 'detects'> {
  const offers = provider.offers?.(settings) ?? { speechToText: true, textToSpeech: true };
  return {
    recognises: offers.speechToText && provider.speechToText !== null, speaks: offers.textToSpeech && provider.textToSpeech !== null, detects: provider.voiceActivity !== undefined,
  };
}
