import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { textToSpeechContract } from '../../contract/text-to-speech.contract.js';
import { LoadTextToSpeech } from './load-speech.js';

textToSpeechContract('LoadTextToSpeech', () => Promise.resolve({
  textToSpeech: new LoadTextToSpeech(new SystemClock({ onFault: (error) => { throw error; } })),
  request: { text: 'Your card will arrive on Thursday.', voice: 'rms', language: 'en-US', sampleRateHz: 8000 }, close: () => Promise.resolve(),
}));
