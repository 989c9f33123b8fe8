import { SpeechServer } from '../../../../examples/onprem-speech-server/server.js';
import { loadFvadClassifiers } from '../../../../src/adapters/dsp/fvad-classifier.js';
import { OnpremVoiceActivity } from '../../../../src/adapters/speech/onprem/onprem-voice-activity.js';
import { voiceActivityContract } from '../../../contract/voice-activity-detector.contract.js';
import { FakeSpeechToText } from '../../../support/fakes/fake-speech-to-text.js';
import { FakeTextToSpeech } from '../../../support/fakes/fake-text-to-speech.js';
import { BreakableRelay } from '../../../support/servers/speech/breakable-relay.js';

const classifiers = await loadFvadClassifiers(3);

/* Over the detector of examples/onprem-speech-server. */
voiceActivityContract('onprem', async () => {
  const engines = { speechToText: new FakeSpeechToText(), textToSpeech: new FakeTextToSpeech(), classifiers };
  const server = await SpeechServer.open({ engines, host: '127.0.0.1', port: 0, token: 'token', tls: null });
  const relay = await BreakableRelay.start(Number(new URL(server.url).port), () => false);
  const detector = new OnpremVoiceActivity({
    url: `grpc://127.0.0.1:${relay.port}`, trustedNetworks: '', token: 'token', ca: '', cert: '', key: '', serverName: '', connectTimeoutMs: 2000,
  });
  return {
    detector,
    fail: () => { relay.breakAll(); return Promise.resolve(); },
    hang: () => { relay.swallow(); },
    close: async () => {
      await relay.stop();
      await server.close(0);
    },
  };
});
