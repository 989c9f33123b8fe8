import { expect } from 'chai';
import { GainRamp } from '../../../src/domain/audio/gain-ramp.js';
import { amplitudeOfDecibels, clampSample, levelDbfs, peak, rms, SILENCE_DBFS } from '../../../src/domain/audio/level.js';
import { comfortTone, DTMF_PAIRS, dtmfTone, tone, type DtmfDigit } from '../../../src/domain/audio/tones.js';

/** Power of one frequency (Goertzel). */
function power(samples: Int16Array, hz: number, sampleRateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz);
  let [s1, s2] = [0, 0];
  for (const sample of samples) [s1, s2] = [sample + coefficient * s1 - s2, s1];
  return s1 * s1 + s2 * s2 - coefficient * s1 * s2;
}

describe('level', () => {
  it('measures a full-scale sine as -3 dBFS and silence as the floor', () => {
    const sine = Int16Array.from({ length: 8000 }, (_, i) => Math.round(32767 * Math.sin((2 * Math.PI * i) / 80)));
    expect(levelDbfs(sine)).to.be.closeTo(-3.01, 0.01);
    expect(levelDbfs(new Int16Array(160))).to.equal(SILENCE_DBFS);
    expect(levelDbfs(new Int16Array(0))).to.equal(SILENCE_DBFS);
  });

  it('knows peak and root mean square', () => {
    expect(peak(Int16Array.of(1, -32768, 5))).to.equal(32768);
    expect(rms(Int16Array.of(3, -3, 3, -3))).to.equal(3);
  });

  it('clamps to 16 bits', () => {
    expect([clampSample(40_000), clampSample(-40_000), clampSample(1.6)]).to.deep.equal([32767, -32768, 2]);
  });
});

describe('GainRamp', () => {
  const constant = (): Int16Array => new Int16Array(160).fill(10_000);

  it('leaves audio alone until told otherwise', () => {
    const frame = constant();
    new GainRamp().apply(frame);
    expect(frame).to.deep.equal(constant());
  });

  it('reaches its target along a line within one frame, and stays', () => {
    const gain = new GainRamp();
    gain.setDecibels(-20);
    const frame = constant();
    gain.apply(frame);
    const steps = [...frame].map((sample, i) => (i === 0 ? 10_000 : frame[i - 1]!) - sample);
    expect(Math.max(...steps) - Math.min(...steps)).to.be.at.most(2);
    expect(frame.at(-1)).to.be.closeTo(1000, 1);
    const next = constant();
    gain.apply(next);
    expect(new Set(next)).to.deep.equal(new Set([1000]));
  });

  it('comes back, and never amplifies', () => {
    const gain = new GainRamp();
    gain.setDecibels(-200);
    const frame = constant();
    gain.apply(frame);
    expect(frame.at(-1)).to.equal(0);
    gain.setDecibels(20);
    gain.apply(constant());
    const after = constant();
    gain.apply(after);
    expect(after).to.deep.equal(constant());
  });

  it('converts decibels', () => {
    expect(amplitudeOfDecibels(-6.0206)).to.be.closeTo(0.5, 1e-4);
  });
});

describe('tones', () => {
  it('puts both frequencies of a key, and no other key\'s, into its tone', () => {
    const all = [...new Set(Object.values(DTMF_PAIRS).flat())];
    for (const digit of Object.keys(DTMF_PAIRS) as DtmfDigit[]) {
      const samples = dtmfTone(digit, { sampleRateHz: 8000, durationMs: 100, decibels: -10 });
      const strongest = all.sort((a, b) => power(samples, b, 8000) - power(samples, a, 8000)).slice(0, 2);
      expect(strongest.sort((a, b) => a - b)).to.deep.equal([...DTMF_PAIRS[digit]]);
    }
  });

  it('begins and ends softly and never clips', () => {
    const samples = tone([440, 480], { sampleRateHz: 16000, durationMs: 50, decibels: 0 });
    expect(samples).to.have.lengthOf(800);
    expect(Math.abs(samples[0]!)).to.be.below(10);
    expect(Math.abs(samples.at(-1)!)).to.be.below(10);
    expect(peak(samples)).to.be.within(32_000, 32_768);
    expect(peak(comfortTone({ sampleRateHz: 8000, durationMs: 100, decibels: -30 }))).to.be.below(2100);
  });
});
