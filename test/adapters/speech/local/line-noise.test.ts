import { expect } from 'chai';
import { LineNoise } from '../../../../src/adapters/speech/local/line-noise.js';
import { levelDbfs } from '../../../../src/domain/audio/level.js';

const noisy = (noise: LineNoise, length: number, sample = 0): Int16Array => {
  const samples = new Int16Array(length).fill(sample);
  noise.addTo(samples);
  return samples;
};

describe('LineNoise', () => {
  it('is a floor of -70 dBFS, below what a telephone\'s coding adds', () => {
    expect(levelDbfs(noisy(new LineNoise(), 16_000))).to.be.within(-71, -69);
  });

  it('fills the whole band: neighbours have nothing to do with each other', () => {
    const samples = noisy(new LineNoise(), 16_000);
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    expect(mean).to.be.within(-0.5, 0.5);
    for (const apart of [1, 2, 4, 16]) {
      const alike = samples.reduce((sum, sample, i) => sum + sample * (samples[i + apart] ?? 0), 0);
      expect(Math.abs(alike / energy), `${apart} apart`).to.be.below(0.05);
    }
  });

  it('is the same in every utterance, however it is cut into pieces, so that what is recognised is too', () => {
    const noise = new LineNoise();
    const whole = noisy(noise, 60_000);
    noise.reset();
    expect(Int16Array.from([...noisy(noise, 1), ...noisy(noise, 30_000), ...noisy(noise, 29_999)])).to.deep.equal(whole);
    expect(noisy(new LineNoise(), 60_000)).to.deep.equal(whole);
  });

  it('is added to what is there, and goes over neither edge', () => {
    const floor = noisy(new LineNoise(), 1000);
    expect(noisy(new LineNoise(), 1000, 500)).to.deep.equal(floor.map((sample) => sample + 500));
    expect(Math.min(...noisy(new LineNoise(), 1000, 32_767))).to.be.above(32_000);
    expect(Math.max(...noisy(new LineNoise(), 1000, -32_768))).to.be.below(-32_000);
  });
});
