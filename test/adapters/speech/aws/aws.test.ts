import { AwsSpeechToText } from '../../../../src/adapters/speech/aws/aws-speech-to-text.js';
import { AwsTextToSpeech } from '../../../../src/adapters/speech/aws/aws-text-to-speech.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { AWS_KEY, AwsServer } from '../../../support/servers/speech/aws-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const never = new AbortController().signal;
const account = { accessKeyId: AWS_KEY, secretAccessKey: 'loopback-secret', region: 'eu-central-1' };

speechToTextContract('aws', { countsDrops: false, fails: true }, async () => {
  const server = await AwsServer.start();
  return {
    speechToText: new AwsSpeechToText({ ...account, endpoint: server.transcribeEndpoint, vocabulary: '' }),
    options: { language: 'en-US', sampleRateHz: RATE },
    sentences: [{ text: 'yes please', samples: codedSpeech('yes please', RATE) }, { text: 'where is my card', samples: codedSpeech('where is my card', RATE) }],
    breathe: () => new Promise((resolve) => { setImmediate(resolve); }),
    fail: async () => {
      while (server.open === 0) await new Promise((resolve) => { setImmediate(resolve); });
      server.breakAll();
    },
    close: () => server.stop(),
  };
});

textToSpeechContract('aws', async () => {
  const server = await AwsServer.start();
  const textToSpeech = new AwsTextToSpeech({ ...account, endpoint: server.pollyEndpoint, engine: 'neural', timeoutMs: 5000, clock });
  const request = { text: 'Hello, where is my card?', voice: 'Joanna', language: 'en-US', sampleRateHz: RATE } as const;
  const first = textToSpeech.synthesise(request, never); // its one connection stays open for all that follow
  await first.next();
  await first.return();
  return { textToSpeech, request, close: () => server.stop() };
});
