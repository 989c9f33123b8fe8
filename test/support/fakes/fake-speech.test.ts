import { FallbackSpeechToText } from '../../../src/application/speech/fallback-speech-to-text.js';
import { FallbackTextToSpeech } from '../../../src/application/speech/fallback-text-to-speech.js';
import { ConcurrencyLimit } from '../../../src/application/speech/concurrency-limit.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import { MeasuredSpeechToText } from '../../../src/application/speech/measured-speech-to-text.js';
import { MeasuredTextToSpeech } from '../../../src/application/speech/measured-text-to-speech.js';
import { PhraseCache } from '../../../src/application/speech/phrase-cache.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { SpeechToText } from '../../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { speechToTextContract, type SpeechToTextHarness } from '../../contract/speech-to-text.contract.js';
import { textToSpeechContract, type TextToSpeechFixture } from '../../contract/text-to-speech.contract.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeSpeechToText, fakeSpeech } from './fake-speech-to-text.js';
import { FakeTextToSpeech } from './fake-text-to-speech.js';
import { RecordingMetrics } from './recording-metrics.js';
import { silentLogger } from './silent-logger.js';

function ear(wrap: (fake: FakeSpeechToText) => SpeechToText): Promise<SpeechToTextHarness> {
  const fake = new FakeSpeechToText({ knows: ['stop', 'where is my card'] });
  return Promise.resolve({
    speechToText: wrap(fake), options: { language: 'en-US', sampleRateHz: 8000 },
    sentences: [{ text: 'stop', samples: fakeSpeech(0) }, { text: 'where is my card', samples: fakeSpeech(1, 8000) }],
    breathe: () => Promise.resolve(),
    fail: () => {
      for (const stream of fake.streams) stream.dies(new PortError('gone', { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
}

function voice(wrap: (fake: FakeTextToSpeech) => TextToSpeech): Promise<TextToSpeechFixture> {
  const fake = new FakeTextToSpeech();
  fake.msPerWord = 100;
  return Promise.resolve({
    textToSpeech: wrap(fake), request: { text: 'Your card will arrive on Thursday.', voice: 'rms', language: 'en-US', sampleRateHz: 8000 }, close: () => Promise.resolve(),
  });
}

const ports = { clock: new VirtualClock(), metrics: new RecordingMetrics(), log: silentLogger };

speechToTextContract('FakeSpeechToText', { countsDrops: false, fails: true }, () => ear((fake) => fake));
speechToTextContract('MeasuredSpeechToText', { countsDrops: false, fails: true }, () => ear((fake) => new MeasuredSpeechToText(fake, ports)));
speechToTextContract('FallbackSpeechToText', { countsDrops: false, fails: false }, () => ear((fake) => new FallbackSpeechToText([{ name: 'fake', port: fake, health: new ProviderHealth(ports.clock), permits: new ConcurrencyLimit().forTenant('bank') }], ports)));
textToSpeechContract('FakeTextToSpeech', () => voice((fake) => fake));
textToSpeechContract('MeasuredTextToSpeech', () => voice((fake) => new MeasuredTextToSpeech(fake, ports)));
textToSpeechContract('FallbackTextToSpeech', () => voice((fake) => new FallbackTextToSpeech([{ name: 'fake', voice: 'rms', port: fake, health: new ProviderHealth(ports.clock), permits: new ConcurrencyLimit().forTenant('bank') }], ports)));
textToSpeechContract('PhraseCache', () => voice((fake) => new PhraseCache({ bytesMax: 1_000_000 }).over(fake, 'fake')));
