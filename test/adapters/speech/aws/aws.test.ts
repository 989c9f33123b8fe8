import { AwsSpeechToText } from '../../../../src/adapters/speech/aws/aws-speech-to-text.js';
import { AwsTextToSpeech } from '../../../../src/adapters/speech/aws/aws-text-to-speech.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { AWS_KEY, AwsServer } from '../../../support/servers/speech/aws-server.js';
import { connectedVoice, loopbackEar } from '../loopback-harness.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const account = { accessKeyId: AWS_KEY, secretAccessKey: 'loopback-secret', region: 'eu-central-1' };

speechToTextContract('aws', { countsDrops: false, fails: true }, async () => {
  const server = await AwsServer.start();
  return loopbackEar(server, new AwsSpeechToText({ ...account, endpoint: server.transcribeEndpoint, vocabulary: '' }));
});

textToSpeechContract('aws', async () => {
  const server = await AwsServer.start();
  return connectedVoice(server, new AwsTextToSpeech({ ...account, endpoint: server.pollyEndpoint, engine: 'neural', timeoutMs: 5000, clock }), 'Joanna');
});
