import { LOCAL_VOICES } from '../adapters/speech/local/local-voices.js';
import type { InstalledSpeech } from '../config/check-speech.js';
import type { Config } from '../config/gateway-schema.js';
import { speechAccounts } from './speech-providers.js';

/** What `speech.ts` opens: the local engines and the accounts. Apart from it, because this loads no library. */
export function installedSpeech(config: Config): InstalledSpeech {
  const accounts = speechAccounts(config);
  return {
    recognisers: ['local', ...accounts.filter(({ recognises }) => recognises).map(({ name }) => name)],
    synthesisers: new Map<string, readonly string[]>([
      ['local', LOCAL_VOICES.map(({ name }) => name)],
      ...accounts.filter(({ speaks }) => speaks).map(({ name }): [string, readonly string[]] => [name, []]),
    ]),
  };
}
