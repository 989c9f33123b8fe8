import type { ProviderSettings } from '../../src/adapters/speech/wire/provider.js';
import { AWS_KEY, AwsServer } from '../../test/support/servers/speech/aws-server.js';
import { DEEPGRAM_KEY, DeepgramServer } from '../../test/support/servers/speech/deepgram-server.js';
import { GoogleServer } from '../../test/support/servers/speech/google-server.js';

/** A provider on the loopback: what its account is set to, and a voice that it has. */
export interface Loopback {
  readonly settings: ProviderSettings;
  readonly voice: string;
}

/** By the names of SPEECH_PROVIDERS. */
export const LOOPBACKS: Readonly<Record<string, () => Promise<Loopback>>> = {
  deepgram: async () => {
    const { url } = await DeepgramServer.start();
    return { settings: { apiKey: DEEPGRAM_KEY, url }, voice: 'aura-2-thalia-en' };
  },
  google: async () => {
    const { endpoint } = await GoogleServer.start();
    return { settings: { credentials: '{}', sttEndpoint: endpoint, ttsEndpoint: endpoint, insecure: 'true' }, voice: 'en-US-Chirp3-HD-Aoede' };
  },
  aws: async () => {
    const { transcribeEndpoint, pollyEndpoint } = await AwsServer.start();
    return { settings: { accessKeyId: AWS_KEY, secretAccessKey: 'loopback-secret', transcribeEndpoint, pollyEndpoint }, voice: 'Joanna' };
  },
};
