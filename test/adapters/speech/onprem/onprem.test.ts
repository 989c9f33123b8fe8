import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { OnpremServer } from '../../../support/servers/speech/onprem-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';
import { recogniser, settingsOf, VOICE, voices } from './onprem-world.js';

const RATE = 8000;

speechToTextContract('onprem', { countsDrops: false, fails: true }, async () => {
  const server = await OnpremServer.start();
  return {
    speechToText: recogniser(settingsOf(server)),
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

for (const speaksAtHz of [null, 22_050]) {
  textToSpeechContract(`onprem${speaksAtHz === null ? '' : ` that speaks at ${speaksAtHz} Hz`}`, async () => {
    const server = await OnpremServer.start();
    server.speaksAtHz = speaksAtHz;
    const textToSpeech = voices(settingsOf(server));
    const request = { text: 'Hello, where is my card?', voice: VOICE, language: 'en-US', sampleRateHz: RATE } as const;
    const first = textToSpeech.synthesise(request, new AbortController().signal); // its one connection stays open for all that follow
    await first.next();
    await first.return();
    return { textToSpeech, request, close: () => server.stop() };
  });
}
