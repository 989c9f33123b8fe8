import type { SpeechProvider } from '../wire/provider.js';
import { AzureSpeechToText } from './azure-speech-to-text.js';
import { AzureTextToSpeech } from './azure-text-to-speech.js';

const IDLE_MS = 8000;

export const azure: SpeechProvider<'apiKey' | 'region' | 'host'> = {
  settings: {
    apiKey: { doc: 'Key of the speech resource.', secret: true },
    region: { doc: 'Region of the speech resource, as westeurope.', default: '' },
    host: { doc: 'Where a container of theirs is, as wss://speech.bank.example; then no region is needed.', default: '' },
  },
  load: () => import('microsoft-cognitiveservices-speech-sdk'),
  speechToText: ({ apiKey, region, host }) => new AzureSpeechToText({ apiKey, region, host }),
  textToSpeech: ({ apiKey, region, host }, { clock }) => new AzureTextToSpeech({ apiKey, region, host, idleMs: IDLE_MS, clock }),
};
