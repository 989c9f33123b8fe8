import type { SpeechProvider } from '../wire/provider.js';
import { GoogleSpeechToText } from './google-speech-to-text.js';
import { GoogleTextToSpeech } from './google-text-to-speech.js';

export const google: SpeechProvider<'credentials' | 'sttEndpoint' | 'ttsEndpoint' | 'model' | 'streamLimitMs' | 'timeoutMs' | 'insecure'> = {
  settings: {
    credentials: { doc: 'JSON of a service account\'s key, or the path of a file with it.', secret: true },
    sttEndpoint: { doc: 'Host of the recogniser; regions have their own.', default: 'speech.googleapis.com' },
    ttsEndpoint: { doc: 'Host of the voices; regions have their own.', default: 'texttospeech.googleapis.com' },
    model: { doc: 'Model of the recogniser.', default: 'telephony' },
    streamLimitMs: { doc: 'Most audio in one stream; Google breaks it after 305 s.', default: '290000' },
    timeoutMs: { doc: 'Deadline of a synthesis that does not stream.', default: '10000' },
    insecure: { doc: 'true: without TLS and credentials (an emulator).', default: 'false' },
  },
  load: () => Promise.all([import('@google-cloud/speech'), import('@google-cloud/text-to-speech')]),
  speechToText: ({ credentials, sttEndpoint, model, streamLimitMs, insecure }) =>
    new GoogleSpeechToText({ credentials, endpoint: sttEndpoint, model, streamLimitMs: Number(streamLimitMs), insecure: insecure === 'true' }),
  textToSpeech: ({ credentials, ttsEndpoint, timeoutMs, insecure }) =>
    new GoogleTextToSpeech({ credentials, endpoint: ttsEndpoint, timeoutMs: Number(timeoutMs), insecure: insecure === 'true' }),
};
