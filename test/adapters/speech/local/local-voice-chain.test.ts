import { expect } from 'chai';
import { LocalTextToSpeech } from '../../../../src/adapters/speech/local/local-text-to-speech.js';
import { ConcurrencyLimit } from '../../../../src/application/speech/concurrency-limit.js';
import { FallbackTextToSpeech } from '../../../../src/application/speech/fallback-text-to-speech.js';
import { ProviderHealth } from '../../../../src/application/speech/provider-health.js';
import { FakeTextToSpeech } from '../../../support/fakes/fake-text-to-speech.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

/** Sentences whose words espeak-ng does not tell as they are written: beginnings of them, two as one, one as several. */
const SENTENCES = [
  ['espeak-en', 'en-GB', 'No, I don\'t.', 'No I don\'t'],
  ['espeak-en', 'en-GB', 'Yes, it is what it is.', 'Yes it is what it is'],
  ['espeak-en', 'en-GB', 'It\'s 3.50 for the lot of the.', 'It\'s 3.50 for the lot of the'],
  ['espeak-de', 'de-DE', 'Ich hab\'s, um 12:30 Uhr.', 'Ich hab\'s um 12:30 Uhr'],
  ['espeak-fr', 'fr-FR', 'Qu\'est-ce que c\'est ? C\'est aujourd\'hui, n\'est-ce pas ?', 'Qu\'est-ce que c\'est C\'est aujourd\'hui n\'est-ce pas'],
  ['rms', 'en-US', 'No, I don\'t.', 'No I don\'t'],
] as const;

/** The real libraries. A voice that is thought not to have said all is given up, and its last words come twice. */
describe('A local voice in a chain', () => {
  const clock = new VirtualClock(); // it stands still: nobody is given up for being slow, which a busy machine makes of any voice
  let local: LocalTextToSpeech;
  before(async () => { local = await LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, new AbortController().signal); });
  after(() => local.close());

  for (const [voice, language, text, words] of SENTENCES) {
    it(`has said every word of "${text}" (${voice})`, async () => {
      const log = new RecordingLogger();
      const backup = new FakeTextToSpeech();
      backup.msPerWord = 100;
      const permits = new ConcurrencyLimit().forTenant('bank');
      const chain = new FallbackTextToSpeech([
        { name: 'local', port: local, voice, health: new ProviderHealth(clock), permits },
        { name: 'backup', port: backup, voice: 'rms', health: new ProviderHealth(clock), permits },
      ], { clock, log, metrics: new RecordingMetrics() });
      const said: string[] = [];
      let samples = 0;
      for await (const chunk of chain.synthesise({ text, voice, language, sampleRateHz: 8000 }, new AbortController().signal)) {
        samples += chunk.samples.length;
        said.push(...(chunk.words ?? []).map((word) => word.text));
      }
      expect(samples).to.be.greaterThan(0);
      expect(backup.syntheses).to.deep.equal([]);
      expect(log.lines).to.deep.equal([]);
      expect(said.join(' ')).to.equal(words);
    });
  }
});
