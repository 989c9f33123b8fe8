import type { SpeechProvider } from '../wire/provider.js';
import { DeepgramSpeechToText } from './deepgram-speech-to-text.js';
import { DeepgramTextToSpeech } from './deepgram-text-to-speech.js';

export const deepgram: SpeechProvider<'apiKey' | 'url' | 'model' | 'connectTimeoutMs'> = {
  settings: {
    apiKey: { doc: 'API key.', secret: true },
    url: { doc: 'Where it is; an on-premise installation has its own.', default: 'wss://api.deepgram.com' },
    model: { doc: 'Model of the recogniser.', default: 'nova-3' },
    connectTimeoutMs: { doc: 'Deadline of a connection.', default: '1500' },
  },
  speechToText: ({ apiKey, url, model, connectTimeoutMs }, { clock }) => new DeepgramSpeechToText({ apiKey, url, model, connectTimeoutMs: Number(connectTimeoutMs), clock }),
  textToSpeech: ({ apiKey, url, connectTimeoutMs }) => new DeepgramTextToSpeech({ apiKey, url, connectTimeoutMs: Number(connectTimeoutMs) }),
};
