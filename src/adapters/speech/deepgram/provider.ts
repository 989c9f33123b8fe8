import type { SpeechProvider } from '../wire/provider.js';
import { DeepgramSpeechToText } from './deepgram-speech-to-text.js';
import { DeepgramTextToSpeech } from './deepgram-text-to-speech.js';
import { FluxSpeechToText } from './flux-speech-to-text.js';

export const deepgram: SpeechProvider<'apiKey' | 'url' | 'model' | 'connectTimeoutMs'> = {
  settings: {
    apiKey: { doc: 'API key.', secret: true },
    url: { doc: 'Where it is; an on-premise installation has its own.', default: 'wss://api.deepgram.com' },
    model: { doc: 'Model of the recogniser: of the nova family, or flux-general-en, flux-general-multi.', default: 'nova-3' },
    connectTimeoutMs: { doc: 'Deadline of a connection.', default: '1500' },
  },
  speechToText: ({ apiKey, url, model, connectTimeoutMs }, { clock }) => {
    const options = { apiKey, url, model, connectTimeoutMs: Number(connectTimeoutMs), clock };
    return model.startsWith('flux-') ? new FluxSpeechToText(options) : new DeepgramSpeechToText(options);
  },
  textToSpeech: ({ apiKey, url, connectTimeoutMs }) => new DeepgramTextToSpeech({ apiKey, url, connectTimeoutMs: Number(connectTimeoutMs) }),
};
