import { GoogleSpeechToText } from '../../../../src/adapters/speech/google/google-speech-to-text.js';
import { GoogleTextToSpeech } from '../../../../src/adapters/speech/google/google-text-to-speech.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { GoogleServer } from '../../../support/servers/speech/google-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';

const RATE = 8000;
const never = new AbortController().signal;
const settings = (server: GoogleServer) => ({ credentials: '{}', endpoint: server.endpoint, insecure: true, model: 'telephony', streamLimitMs: 290_000, timeoutMs: 5000 });

speechToTextContract('google', { countsDrops: false, fails: true }, async () => {
  const server = await GoogleServer.start();
  return {
    speechToText: new GoogleSpeechToText(settings(server)),
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

for (const voice of ['en-US-Chirp3-HD-Aoede', 'en-US-Neural2-C']) {
  textToSpeechContract(`google, ${voice}`, async () => {
    const server = await GoogleServer.start();
    const textToSpeech = new GoogleTextToSpeech(settings(server));
    const request = { text: 'Hello, where is my card?', voice, language: 'en-US', sampleRateHz: RATE } as const;
    const first = textToSpeech.synthesise(request, never); // its one connection stays open for all that follow
    await first.next();
    await first.return();
    return { textToSpeech, request, close: () => server.stop() };
  });
}
