import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { OnpremServer } from '../../../support/servers/speech/onprem-server.js';
import { recogniser, settingsOf, VOICE, voices } from './onprem-world.js';
import { connectedVoice, loopbackEar } from '../loopback-harness.js';

speechToTextContract('onprem', { countsDrops: false, fails: true }, async () => {
  const server = await OnpremServer.start();
  return loopbackEar(server, recogniser(settingsOf(server)));
});

for (const speaksAtHz of [null, 22_050]) {
  textToSpeechContract(`onprem${speaksAtHz === null ? '' : ` that speaks at ${speaksAtHz} Hz`}`, async () => {
    const server = await OnpremServer.start();
    server.speaksAtHz = speaksAtHz;
    return connectedVoice(server, voices(settingsOf(server)), VOICE);
  });
}
