import { LOCAL_VOICES } from '../adapters/speech/local/local-voices.js';
import type { InstalledSpeech } from '../config/check-speech.js';
import type { Config } from '../config/gateway-schema.js';
import { speechAccounts } from './speech-providers.js';

/** What `speech.ts` opens: the local engines and the accounts; with `tenantId` those that this tenant may use, else all. Apart from it, because this loads no library. */
export function installedSpeech(config: Config, tenantId: string | null = null): InstalledSpeech {
  const accounts = speechAccounts(config).filter(({ tenants }) => tenantId === null || tenants === null || tenants.includes(tenantId));
  return {
    recognisers: ['local', ...accounts.filter(({ recognises }) => recognises).map(({ name }) => name)],
    detectors: ['local', ...accounts.filter(({ detects }) => detects).map(({ name }) => name)],
    synthesisers: new Map<string, readonly string[]>([
      ['local', LOCAL_VOICES.map(({ name }) => name)],
      ...accounts.filter(({ speaks }) => speaks).map(({ name }): [string, readonly string[]] => [name, []]),
    ]),
  };
}
