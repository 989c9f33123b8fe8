import { LOCAL_VOICES } from '../adapters/speech/local/local-voices.js';
import type { InstalledSpeech } from '../config/check-speech.js';

/** The providers that `speech.ts` opens. Apart from it, because it loads no library. */
export const INSTALLED_SPEECH: InstalledSpeech = {
  recognisers: ['local'],
  synthesisers: new Map([['local', LOCAL_VOICES.map(({ name }) => name)]]),
};
