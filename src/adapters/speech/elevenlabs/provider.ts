import type { SpeechProvider } from '../wire/provider.js';
import { ElevenLabsSpeechToText } from './elevenlabs-speech-to-text.js';
import { ElevenLabsTextToSpeech } from './elevenlabs-text-to-speech.js';

const IDLE_MS = 8000;

export const elevenlabs: SpeechProvider<'apiKey' | 'url' | 'sttModel' | 'ttsModel' | 'connectTimeoutMs'> = {
  settings: {
    apiKey: { doc: 'API key.', secret: true },
    url: { doc: 'Where it is; regions have their own.', default: 'wss://api.elevenlabs.io' },
    sttModel: { doc: 'Model of the recogniser.', default: 'scribe_v2_realtime' },
    ttsModel: { doc: 'Model of the voices.', default: 'eleven_flash_v2_5' },
    connectTimeoutMs: { doc: 'Deadline of a connection.', default: '1500' },
  },
  speechToText: ({ apiKey, url, sttModel, connectTimeoutMs }) => new ElevenLabsSpeechToText({ apiKey, url, model: sttModel, connectTimeoutMs: Number(connectTimeoutMs) }),
  textToSpeech: ({ apiKey, url, ttsModel, connectTimeoutMs }, { clock }) => new ElevenLabsTextToSpeech({
    apiKey, url, model: ttsModel, connectTimeoutMs: Number(connectTimeoutMs), idleMs: IDLE_MS, clock,
  }),
};
