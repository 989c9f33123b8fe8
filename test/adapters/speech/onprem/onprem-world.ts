import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { OnpremSpeechToText } from '../../../../src/adapters/speech/onprem/onprem-speech-to-text.js';
import { OnpremTextToSpeech } from '../../../../src/adapters/speech/onprem/onprem-text-to-speech.js';
import { OnpremVoiceActivity } from '../../../../src/adapters/speech/onprem/onprem-voice-activity.js';
import type { GrpcServerSettings } from '../../../../src/adapters/grpc/grpc-connections.js';
import { loadSpeexResamplers } from '../../../../src/adapters/dsp/speex-resampler.js';
import { ONPREM_TOKEN, type OnpremServer } from '../../../support/servers/speech/onprem-server.js';

export const VOICE = 'ryan';
const clock = new SystemClock({ onFault: (error) => { throw error; } });
const resampler = await loadSpeexResamplers();

export function settingsOf(server: OnpremServer, over: Partial<GrpcServerSettings> = {}): GrpcServerSettings {
  return { url: `grpc://${server.authority}`, trustedNetworks: '', token: ONPREM_TOKEN, ca: '', cert: '', key: '', serverName: '', connectTimeoutMs: 2000, ...over };
}

export function recogniser(server: GrpcServerSettings, answerTimeoutMs = 5000): OnpremSpeechToText {
  return new OnpremSpeechToText({ server, languages: ['en'], grammars: false, finalLatencyP99Ms: 700, answerTimeoutMs, clock });
}

export function voices(server: GrpcServerSettings, answerTimeoutMs = 5000): OnpremTextToSpeech {
  return new OnpremTextToSpeech({ server, voices: [{ name: VOICE, language: 'en-US' }], wordTimes: true, answerTimeoutMs, clock, resampler });
}

export function detector(server: GrpcServerSettings): OnpremVoiceActivity {
  return new OnpremVoiceActivity(server);
}
