import { LineMean } from '../../src/adapters/speech/local/line-mean.js';
import { LineNoise } from '../../src/adapters/speech/local/line-noise.js';
import { SphinxDecoder, SphinxModels } from '../../src/adapters/speech/local/sphinx-decoder.js';
import { SphinxLibrary } from '../../src/adapters/speech/local/sphinx-library.js';
import { firResampler } from '../../src/domain/audio/fir-resampler.js';
import type { Clips, SpokenCall } from './spoken-call.js';
import { overTheLine } from './conditions.js';
import { Random } from './random.js';

const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
const FRAME_SAMPLES = 160;

/** The mean cepstrum of the calls' audio, weighted alike: what `line-mean.ts` begins with. */
export function telephoneMean(calls: readonly SpokenCall[], clips: Clips): readonly number[] {
  const models = new SphinxModels(new SphinxLibrary(MODEL_DIRECTORY, []));
  const means: Float32Array[] = [];
  for (const call of calls) {
    const decoder = SphinxDecoder.open(models, { grammar: call.grammar, telephone: true });
    const random = new Random(call.seed);
    const line = new LineMean(true);
    for (const { spoken } of call.sentences) {
      decoder.begin(line.current);
      const samples = wide(overTheLine(clips(call.voice, spoken), call.condition, random).samples);
      decoder.process(samples);
      line.learn(decoder.end().cepstral, samples.length / FRAME_SAMPLES);
    }
    means.push(line.current);
    decoder.close();
  }
  models.close();
  return Array.from(means[0] ?? [], (_, i) => Math.round((means.reduce((sum, mean) => sum + (mean[i] ?? 0), 0) / means.length) * 100) / 100);
}

/** As the recogniser thread does it. */
function wide(samples: Int16Array): Int16Array {
  const resampler = firResampler(8000, 16_000);
  const output = new Int16Array(resampler.outputCapacity(samples.length));
  resampler.process(samples, output);
  new LineNoise().addTo(output);
  return output;
}
