import { expect } from 'chai';
import { SphinxDecoder, SphinxModels } from '../../../../src/adapters/speech/local/sphinx-decoder.js';
import { SphinxLibrary } from '../../../../src/adapters/speech/local/sphinx-library.js';
import { syntheticVoice } from '../../../support/synthetic-voice.js';

const RATE_HZ = 16_000;

describe('SphinxDecoder', () => {
  let models: SphinxModels;
  let decoder: SphinxDecoder;
  before(() => {
    models = new SphinxModels(new SphinxLibrary('/usr/share/pocketsphinx/model/en-us', []));
    decoder = SphinxDecoder.open(models, { grammar: '#JSGF V1.0; grammar g; public <line> = yes | no;', telephone: true });
  });
  after(() => {
    decoder.close();
    models.close();
  });

  it('tells how the line coloured an utterance, however its last frames fell', () => {
    const voice = syntheticVoice(RATE_HZ, 1200);
    const begin = new Float32Array(13).fill(20);
    for (let ms = 1000; ms <= 1150; ms += 7) {
      decoder.begin(begin);
      decoder.process(voice.subarray(0, (ms * RATE_HZ) / 1000));
      const { mean, frames } = decoder.end().cepstral;
      expect(frames, `${ms} ms`).to.be.within(500 + ms / 10 - 5, 500 + ms / 10 + 5);
      expect(Math.hypot(...mean.map((value) => value - 20)), `${ms} ms`).to.be.above(5);
    }
  });
});
