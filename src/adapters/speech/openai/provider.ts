import type { SpeechProvider } from '../wire/provider.js';
import { OpenAiRealtimeSpeechToText } from './openai-realtime-speech-to-text.js';
import { OpenAiTextToSpeech } from './openai-text-to-speech.js';
import { OpenAiUploadSpeechToText } from './openai-upload-speech-to-text.js';

export const openai: SpeechProvider<'apiKey' | 'url' | 'mode' | 'sttModel' | 'ttsModel' | 'connectTimeoutMs'> = {
  settings: {
    apiKey: { doc: 'API key; any word for a server that asks for none.', secret: true },
    url: { doc: 'Where it is, with its version; servers that are like it have their own.', default: 'https://api.openai.com/v1' },
    mode: { doc: '`realtime`, or `upload` for servers that take whole files only.', default: 'realtime' },
    sttModel: { doc: 'Model of the recogniser.', default: 'gpt-4o-transcribe' },
    ttsModel: { doc: 'Model of the voices.', default: 'gpt-4o-mini-tts' },
    connectTimeoutMs: { doc: 'Deadline of a connection.', default: '1500' },
  },
  speechToText: ({ apiKey, url, mode, sttModel, connectTimeoutMs }, { clock, resampler }) => {
    const options = { apiKey, url, model: sttModel, connectTimeoutMs: Number(connectTimeoutMs) };
    if (mode === 'upload') return new OpenAiUploadSpeechToText(options);
    if (mode !== 'realtime') throw new Error(`the mode of an openai account is realtime or upload, not ${mode}`);
    return new OpenAiRealtimeSpeechToText({ ...options, clock, resampler });
  },
  textToSpeech: ({ apiKey, url, ttsModel, connectTimeoutMs }, { resampler }) => new OpenAiTextToSpeech({
    apiKey, url, model: ttsModel, connectTimeoutMs: Number(connectTimeoutMs), resampler,
  }),
};
