import { expect } from 'chai';
import { loadFvadClassifiers } from '../../../src/adapters/dsp/fvad-classifier.js';
import type { FrameClassifier, FrameClassifierFactory } from '../../../src/domain/audio/vad.js';
import { syntheticVoice, whiteNoise } from '../../support/synthetic-voice.js';

function voicedPart(classifier: FrameClassifier, samples: Int16Array, sampleRateHz: number): number {
  const frame = sampleRateHz / 50;
  const frames = Array.from({ length: Math.floor(samples.length / frame) }, (_, i) => samples.subarray(i * frame, (i + 1) * frame));
  return frames.filter((one) => classifier.isVoiced(one)).length / frames.length;
}

for (const mode of [2, 3] as const) {
  describe(`fvad classifier, mode ${mode}`, () => {
    let make: FrameClassifierFactory;

    before(async () => { make = await loadFvadClassifiers(mode); });

    for (const sampleRateHz of [8000, 16000]) {
      it(`tells voice from silence and from noise at ${sampleRateHz} Hz`, () => {
        const classifier = make(sampleRateHz);
        expect(voicedPart(classifier, new Int16Array(sampleRateHz), sampleRateHz)).to.equal(0);
        expect(voicedPart(classifier, whiteNoise(sampleRateHz * 3, 500), sampleRateHz)).to.be.below(0.1);
        expect(voicedPart(classifier, syntheticVoice(sampleRateHz, 1000), sampleRateHz)).to.be.above(0.7);
        classifier.close();
      });
    }

    it('keeps streams apart: one speaks, the other is silent', () => {
      const [a, b] = [make(8000), make(8000)];
      const voice = syntheticVoice(8000, 1000);
      let [voicedA, voicedB] = [0, 0];
      for (let at = 0; at < voice.length; at += 160) {
        voicedA += a.isVoiced(voice.subarray(at, at + 160)) ? 1 : 0;
        voicedB += b.isVoiced(new Int16Array(160)) ? 1 : 0;
      }
      expect(voicedA).to.be.above(30);
      expect(voicedB).to.equal(0);
      a.close();
      b.close();
    });

    it('is the same after a reset as when it was new', () => {
      const stream = Int16Array.of(...whiteNoise(8000, 3000), ...syntheticVoice(8000, 500));
      const decisions = (classifier: FrameClassifier): boolean[] => Array.from({ length: stream.length / 160 }, (_, i) => classifier.isVoiced(stream.subarray(i * 160, (i + 1) * 160)));
      const classifier = make(8000);
      const first = decisions(classifier);
      classifier.reset();
      expect(decisions(classifier)).to.deep.equal(first);
      classifier.close();
    });

    it('refuses a rate it does not know, and may be closed twice', () => {
      expect(() => make(44_100)).to.throw(RangeError);
      const classifier = make(8000);
      classifier.close();
      classifier.close();
    });

    it('does not grow with the number of streams there have been', () => {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 100_000; i += 1) make(8000).close(); // 1 KB each: more than 100 MB if they stayed
      expect(process.memoryUsage.rss() - before).to.be.below(50 * 2 ** 20);
    });
  });
}
