import type { ProviderSettings } from '../../src/adapters/speech/wire/provider.js';
import { ASSEMBLYAI_KEY, AssemblyAiServer } from '../../test/support/servers/speech/assemblyai-server.js';
import { AWS_KEY, AwsServer } from '../../test/support/servers/speech/aws-server.js';
import { AZURE_KEY, AzureServer } from '../../test/support/servers/speech/azure-server.js';
import { DEEPGRAM_KEY, DeepgramServer } from '../../test/support/servers/speech/deepgram-server.js';
import { ELEVENLABS_KEY, ElevenLabsServer } from '../../test/support/servers/speech/elevenlabs-server.js';
import { GoogleServer } from '../../test/support/servers/speech/google-server.js';
import { ONPREM_TOKEN, OnpremServer } from '../../test/support/servers/speech/onprem-server.js';
import { OPENAI_KEY, OpenAiServer } from '../../test/support/servers/speech/openai-server.js';

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
  azure: async () => {
    const { url } = await AzureServer.start();
    return { settings: { apiKey: AZURE_KEY, host: url }, voice: 'en-US-JennyNeural' };
  },
  elevenlabs: async () => {
    const { url } = await ElevenLabsServer.start();
    return { settings: { apiKey: ELEVENLABS_KEY, url }, voice: '21m00Tcm4TlvDq8ikWAM' };
  },
  onprem: async () => {
    const { authority } = await OnpremServer.start();
    return { settings: { url: `grpc://${authority}`, token: ONPREM_TOKEN, voices: 'ryan=en-US', wordTimes: 'true' }, voice: 'ryan' };
  },
  assemblyai: async () => {
    const { url } = await AssemblyAiServer.start();
    return { settings: { apiKey: ASSEMBLYAI_KEY, url }, voice: '' };
  },
  openai: async () => {
    const { baseUrl } = await OpenAiServer.start();
    return { settings: { apiKey: OPENAI_KEY, url: baseUrl }, voice: 'alloy' };
  },
  aws: async () => {
    const { transcribeEndpoint, pollyEndpoint } = await AwsServer.start();
    return { settings: { accessKeyId: AWS_KEY, secretAccessKey: 'loopback-secret', transcribeEndpoint, pollyEndpoint }, voice: 'Joanna' };
  },
};
