import { expect } from 'chai';
import { loadSpeexResamplers, type ResamplerFactory } from '../../../src/adapters/dsp/speex-resampler.js';
import { rms } from '../../../src/domain/audio/level.js';
import type { Resampler } from '../../../src/domain/audio/resampler.js';
import { whiteNoise } from '../../support/synthetic-voice.js';

const sine = (hz: number, rateHz: number, ms = 500): Int16Array =>
  Int16Array.from({ length: (rateHz * ms) / 1000 }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz)));

function convert(resampler: Resampler, input: Int16Array, chunk = input.length): Int16Array {
  const pieces: number[] = [];
  for (let at = 0; at < input.length; at += chunk) {
    const part = input.subarray(at, at + chunk);
    const output = new Int16Array(resampler.outputCapacity(part.length));
    pieces.push(...output.subarray(0, resampler.process(part, output)));
  }
  return Int16Array.from(pieces);
}

describe('speex resampler', () => {
  let make: ResamplerFactory;
  let resampler: Resampler | undefined;

  before(async () => { make = await loadSpeexResamplers(); });
  afterEach(() => { resampler?.close(); });

  for (const [fromHz, toHz] of [[8000, 16000], [16000, 8000], [24000, 8000], [22050, 16000], [44100, 8000]] as const) {
    it(`keeps level and length from ${fromHz} to ${toHz} Hz`, () => {
      resampler = make(fromHz, toHz);
      const output = convert(resampler, sine(1000, fromHz, 1000));
      expect(output.length).to.be.closeTo(toHz, toHz * 0.01);
      expect(20 * Math.log10(rms(output.subarray(500)) / (10_000 / Math.SQRT2))).to.be.closeTo(0, 0.1);
    });
  }

  it('lets no alias through', () => {
    resampler = make(16000, 8000);
    const output = convert(resampler, sine(5500, 16000));
    expect(20 * Math.log10(Math.max(0.01, rms(output.subarray(500))) / 7071)).to.be.below(-75);
  });

  it('gives the same samples in chunks of any size, also longer than it converts at once', () => {
    const input = whiteNoise(20_000, 8000);
    const whole = convert(make(24000, 16000), input);
    for (const chunk of [160, 441, 9999]) expect(convert(make(24000, 16000), input, chunk)).to.deep.equal(whole);
  });

  it('forgets the past on reset', () => {
    resampler = make(8000, 16000);
    convert(resampler, whiteNoise(1000, 20_000));
    resampler.reset();
    expect(rms(convert(resampler, new Int16Array(400)))).to.equal(0);
  });

  it('refuses a rate of nothing', () => {
    expect(() => make(0, 8000)).to.throw(RangeError);
  });

  it('does not grow with the number of streams there have been', () => {
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 5000; i += 1) {
      const one = make(8000, 16000); // 25 KB each, written to: more than 100 MB if they stayed
      convert(one, new Int16Array(4096));
      one.close();
    }
    const leaked = process.memoryUsage.rss() - before;
    expect(leaked).to.be.below(50 * 2 ** 20);
  });
});
