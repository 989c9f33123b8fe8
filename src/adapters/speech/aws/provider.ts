import type { SpeechProvider } from '../wire/provider.js';
import { AwsSpeechToText } from './aws-speech-to-text.js';
import { AwsTextToSpeech } from './aws-text-to-speech.js';

export const aws: SpeechProvider<'accessKeyId' | 'secretAccessKey' | 'region' | 'transcribeEndpoint' | 'pollyEndpoint' | 'vocabulary' | 'engine' | 'timeoutMs'> = {
  settings: {
    accessKeyId: { doc: 'Access key ID.' },
    secretAccessKey: { doc: 'Secret access key.', secret: true },
    region: { doc: 'Region of both services.', default: 'us-east-1' },
    transcribeEndpoint: { doc: 'URL of Transcribe; empty: the region\'s own.', default: '' },
    pollyEndpoint: { doc: 'URL of Polly; empty: the region\'s own.', default: '' },
    vocabulary: { doc: 'Name of a vocabulary made at Transcribe.', default: '' },
    engine: { doc: 'Engine of the voices: standard, neural, long-form, generative.', default: 'neural' },
    timeoutMs: { doc: 'Deadline of Polly\'s answer.', default: '10000' },
  },
  load: () => Promise.all([import('@aws-sdk/client-transcribe-streaming'), import('@aws-sdk/client-polly')]),
  speechToText: ({ accessKeyId, secretAccessKey, region, transcribeEndpoint, vocabulary }) =>
    new AwsSpeechToText({ accessKeyId, secretAccessKey, region, endpoint: transcribeEndpoint, vocabulary }),
  textToSpeech: ({ accessKeyId, secretAccessKey, region, pollyEndpoint, engine, timeoutMs }, { clock }) =>
    new AwsTextToSpeech({ accessKeyId, secretAccessKey, region, endpoint: pollyEndpoint, engine, timeoutMs: Number(timeoutMs), clock }),
};
