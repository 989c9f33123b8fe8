import type { SpeechProvider } from '../wire/provider.js';
import { AssemblyAiSpeechToText } from './assemblyai-speech-to-text.js';

export const assemblyai: SpeechProvider<'apiKey' | 'url' | 'connectTimeoutMs'> = {
  settings: {
    apiKey: { doc: 'API key.', secret: true },
    url: { doc: 'Where it is; Europe has its own.', default: 'wss://streaming.assemblyai.com' },
    connectTimeoutMs: { doc: 'Deadline of a connection.', default: '1500' },
  },
  speechToText: ({ apiKey, url, connectTimeoutMs }, { clock }) => new AssemblyAiSpeechToText({ apiKey, url, connectTimeoutMs: Number(connectTimeoutMs), clock }),
  textToSpeech: null,
};
