import type { ProviderSettings, SpeechProvider } from '../wire/provider.js';
import { OnpremSpeechToText } from './onprem-speech-to-text.js';
import { OnpremTextToSpeech } from './onprem-text-to-speech.js';
import { OnpremVoiceActivity } from './onprem-voice-activity.js';

type Setting = 'url' | 'trustedNetworks' | 'token' | 'ca' | 'cert' | 'key' | 'serverName' | 'languages' | 'grammars' | 'voices' | 'wordTimes' | 'connectTimeoutMs' | 'answerTimeoutMs';

/** An assumption, as servers differ; the account's `finalLatencyMs` knows better. */
const FINAL_LATENCY_P99_MS = 700;

export const onprem: SpeechProvider<Setting> = {
  settings: {
    url: { doc: 'Where the server is: grpcs://host:port, or grpc://address:port on the loopback and in trustedNetworks.' },
    trustedNetworks: { doc: 'Networks (CIDR, commas between) whose servers are spoken to without encryption.', default: '' },
    token: { doc: 'Bearer token.', secret: true, default: '' },
    ca: { doc: 'File with the authority (PEM) to trust instead of those that Node.js knows.', default: '' },
    cert: { doc: 'File with our certificate (PEM), for mTLS.', default: '' },
    key: { doc: 'File with its key (PEM).', default: '' },
    serverName: { doc: 'Name in the certificate of the server, when it is not the host of url.', default: '' },
    languages: { doc: 'Primary languages it understands, commas between.', default: 'en' },
    grammars: { doc: 'Whether it keeps to a grammar: true or false.', default: 'false' },
    voices: { doc: 'Its voices, commas between, as name=language: ryan=en-US.', default: '' },
    wordTimes: { doc: 'Whether it says when each word is said: true or false.', default: 'false' },
    connectTimeoutMs: { doc: 'Deadline of a connection and of the health check.', default: '1500' },
    answerTimeoutMs: { doc: 'Deadline of ready, of a final, and of each next piece of audio.', default: '3000' },
  },
  speechToText: (settings, { clock }) => new OnpremSpeechToText({
    server: serverOf(settings), languages: listOf(settings.languages), grammars: settings.grammars === 'true', finalLatencyP99Ms: FINAL_LATENCY_P99_MS,
    answerTimeoutMs: Number(settings.answerTimeoutMs), clock,
  }),
  textToSpeech: (settings, { clock, resampler }) => new OnpremTextToSpeech({
    server: serverOf(settings), wordTimes: settings.wordTimes === 'true', answerTimeoutMs: Number(settings.answerTimeoutMs), clock, resampler,
    voices: listOf(settings.voices).map((voice) => {
      const [name = '', language = 'en-US'] = voice.split('=');
      return { name, language };
    }),
  }),
  voiceActivity: (settings) => new OnpremVoiceActivity(serverOf(settings)),
};

function serverOf({ url, trustedNetworks, token, ca, cert, key, serverName, connectTimeoutMs }: ProviderSettings<Setting>) {
  return { url, trustedNetworks, token, ca, cert, key, serverName, connectTimeoutMs: Number(connectTimeoutMs) };
}

function listOf(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}
