import { GoogleSpeechToText } from '../../../../src/adapters/speech/google/google-speech-to-text.js';
import { GoogleTextToSpeech } from '../../../../src/adapters/speech/google/google-text-to-speech.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { GoogleServer } from '../../../support/servers/speech/google-server.js';
import { connectedVoice, loopbackEar } from '../loopback-harness.js';

const settings = (server: GoogleServer) => ({ credentials: '{}', endpoint: server.endpoint, insecure: true, model: 'telephony', streamLimitMs: 290_000, timeoutMs: 5000 });

speechToTextContract('google', { countsDrops: false, fails: true }, async () => {
  const server = await GoogleServer.start();
  return loopbackEar(server, new GoogleSpeechToText(settings(server)));
});

for (const voice of ['en-US-Chirp3-HD-Aoede', 'en-US-Neural2-C']) {
  textToSpeechContract(`google, ${voice}`, async () => {
    const server = await GoogleServer.start();
    return connectedVoice(server, new GoogleTextToSpeech(settings(server)), voice);
  });
}
