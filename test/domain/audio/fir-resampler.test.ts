import { expect } from 'chai';
import fc from 'fast-check';
import { firResampler } from '../../../src/domain/audio/fir-resampler.js';
import { rms } from '../../../src/domain/audio/level.js';
import { whiteNoise } from '../../support/synthetic-voice.js';

const sine = (hz: number, rateHz: number, ms = 500): Int16Array =>
  Int16Array.from({ length: (rateHz * ms) / 1000 }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz)));

function convert(fromHz: 8000 | 16000, toHz: 8000 | 16000, input: Int16Array): Int16Array {
  const resampler = firResampler(fromHz, toHz);
  const output = new Int16Array(resampler.outputCapacity(input.length));
  return output.subarray(0, resampler.process(input, output));
}

/** Level of the settled part against the input's, in decibels. */
function gainDb(fromHz: 8000 | 16000, toHz: 8000 | 16000, hz: number): number {
  const output = convert(fromHz, toHz, sine(hz, fromHz));
  return 20 * Math.log10(Math.max(0.01, rms(output.subarray(200))) / (10_000 / Math.SQRT2));
}

describe('firResampler', () => {
  it('passes the telephone band up and down', () => {
    for (const hz of [100, 1000, 2000, 3000]) {
      expect(gainDb(8000, 16000, hz)).to.be.closeTo(0, 0.3);
      expect(gainDb(16000, 8000, hz)).to.be.closeTo(0, 0.3);
    }
  });

  it('keeps what 8 kHz cannot carry from coming back as an alias', () => {
    for (const hz of [5000, 6000, 7500]) expect(gainDb(16000, 8000, hz)).to.be.below(-50);
  });

  it('makes no image of the tone when going up: what is left beside it is far below', () => {
    const output = convert(8000, 16000, sine(1000, 8000));
    const settled = output.subarray(800, 800 + 3200);
    const [c, s] = [0, 0].map((_, which) => settled.reduce((sum, sample, i) => sum + sample * (which === 0 ? Math.cos : Math.sin)((2 * Math.PI * 1000 * i) / 16000), 0) * (2 / settled.length));
    const residue = Int16Array.from(settled, (sample, i) => sample - Math.round(c! * Math.cos((2 * Math.PI * 1000 * i) / 16000) + s! * Math.sin((2 * Math.PI * 1000 * i) / 16000)));
    expect(20 * Math.log10(rms(settled) / rms(residue))).to.be.above(50);
  });

  it('gives the same samples in whatever chunks they come', () => {
    const input = whiteNoise(1000, 8000);
    for (const [fromHz, toHz] of [[8000, 16000], [16000, 8000]] as const) {
      const whole = [...convert(fromHz, toHz, input)];
      fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 10 }), (cuts) => {
        const resampler = firResampler(fromHz, toHz);
        const edges = [0, ...[...cuts].sort((a, b) => a - b), input.length];
        const pieces = edges.slice(1).flatMap((edge, i) => {
          const chunk = input.subarray(edges[i], edge);
          const output = new Int16Array(resampler.outputCapacity(chunk.length));
          return [...output.subarray(0, resampler.process(chunk, output))];
        });
        expect(pieces).to.deep.equal(whole);
      }), { numRuns: 30 });
    }
  });

  it('changes nothing between equal rates', () => {
    const input = whiteNoise(100, 8000);
    expect(convert(8000, 8000, input)).to.deep.equal(input);
  });

  it('forgets the past on reset', () => {
    const resampler = firResampler(8000, 16000);
    const output = new Int16Array(400);
    resampler.process(whiteNoise(200, 8000), output);
    resampler.reset();
    resampler.process(new Int16Array(200), output);
    expect(rms(output)).to.equal(0);
    resampler.close();
  });
});
