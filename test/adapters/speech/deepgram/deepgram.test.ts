import { DeepgramSpeechToText } from '../../../../src/adapters/speech/deepgram/deepgram-speech-to-text.js';
import { DeepgramTextToSpeech } from '../../../../src/adapters/speech/deepgram/deepgram-text-to-speech.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { DEEPGRAM_KEY, DeepgramServer } from '../../../support/servers/speech/deepgram-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const settings = (server: DeepgramServer) => ({ apiKey: DEEPGRAM_KEY, url: server.url, model: 'nova-3', connectTimeoutMs: 1000, clock });

speechToTextContract('deepgram', { countsDrops: false, fails: true }, async () => {
  const server = await DeepgramServer.start();
  return {
    speechToText: new DeepgramSpeechToText(settings(server)),
    options: { language: 'en-US', sampleRateHz: RATE },
    sentences: [{ text: 'yes please', samples: codedSpeech('yes please', RATE) }, { text: 'where is my card', samples: codedSpeech('where is my card', RATE) }],
    breathe: () => new Promise((resolve) => { setImmediate(resolve); }),
    fail: async () => {
      while (server.connections === 0) await new Promise((resolve) => { setImmediate(resolve); });
      server.breakAll();
    },
    close: () => server.stop(),
  };
});

textToSpeechContract('deepgram', async () => {
  const server = await DeepgramServer.start();
  return {
    textToSpeech: new DeepgramTextToSpeech(settings(server)),
    request: { text: 'Hello, where is my card?', voice: 'aura-2-thalia-en', language: 'en-US', sampleRateHz: RATE },
    close: () => server.stop(),
  };
});
