import { expect } from 'chai';
import { alignSignals, type Alignment } from '../../../src/domain/simulation/align-signals.js';
import { findDamage, type Damage } from '../../../src/domain/simulation/find-damage.js';
import { coarsened, syntheticSpeech } from './synthetic-speech.js';

const RATE = 8000;
const OPTIONS = { sampleRateHz: RATE, offsetMsMax: 3000 };
const PLAYED = syntheticSpeech(12);

function delayed(samples: Int16Array, by: number): Int16Array {
  const out = new Int16Array(samples.length + by + RATE);
  out.set(samples, by);
  return out;
}

/** The same sound by a clock that is off. */
function resampled(samples: Int16Array, ppm: number): Int16Array {
  const ratio = 1 + ppm / 1e6;
  return Int16Array.from({ length: Math.floor(samples.length * ratio) }, (_, index) => {
    const at = index / ratio;
    const left = Math.floor(at);
    const share = at - left;
    return Math.round((samples[left] ?? 0) * (1 - share) + (samples[left + 1] ?? 0) * share);
  });
}

function aligned(recorded: Int16Array, played = PLAYED): Alignment {
  const alignment = alignSignals(played, recorded, OPTIONS);
  if (alignment === null) throw new Error('not found');
  return alignment;
}
const damageIn = (recorded: Int16Array): readonly Damage[] => findDamage(PLAYED, recorded, aligned(recorded), RATE);

describe('alignSignals', () => {
  it('finds by how much the recording is late', () => {
    const alignment = aligned(delayed(PLAYED, 1234));
    expect(alignment.offsetSamples).to.be.closeTo(1234, 0.5);
    expect(alignment.correlation).to.be.above(0.999);
    expect(alignment.driftPpm).to.be.closeTo(0, 1);
  });

  it('finds a recording that begins in the middle', () => {
    expect(aligned(PLAYED.subarray(5000)).offsetSamples).to.be.closeTo(-5000, 0.5);
  });

  it('is not disturbed by loudness and companding', () => {
    const alignment = aligned(coarsened(delayed(PLAYED.map((sample) => sample / 3), 800)));
    expect(alignment.offsetSamples).to.be.closeTo(800, 0.5);
    expect(alignment.correlation).to.be.above(0.99);
  });

  it('measures a clock that is off, and the wrong speed', () => {
    expect(aligned(delayed(resampled(PLAYED, 200), 400)).driftPpm).to.be.closeTo(200, 30);
    expect(aligned(delayed(resampled(PLAYED, -200), 400)).driftPpm).to.be.closeTo(-200, 30);
    expect(Math.abs(aligned(delayed(resampled(PLAYED, 5000), 400)).driftPpm)).to.be.above(3000);
  });

  it('does not find what is not there', () => {
    expect(aligned(delayed(syntheticSpeech(12, RATE, 99), 500)).correlation).to.be.below(0.6);
    expect(alignSignals(new Int16Array(RATE), PLAYED, OPTIONS)).to.equal(null);
    expect(alignSignals(PLAYED, new Int16Array(RATE), OPTIONS)?.correlation ?? 0).to.be.below(0.1);
  });
});

describe('findDamage', () => {
  it('finds none in a faithful recording', () => {
    expect(damageIn(delayed(PLAYED, 700))).to.deep.equal([]);
    expect(damageIn(coarsened(delayed(PLAYED, 700)))).to.deep.equal([]);
  });

  it('finds a lost frame', () => {
    const recorded = delayed(PLAYED, 700);
    const at = loudest(PLAYED, 160);
    recorded.fill(0, at + 700, at + 700 + 160);
    const damage = damageIn(recorded).find(({ kind }) => kind === 'dropout');
    expect(damage?.atSample).to.be.closeTo(at, 80);
    expect(damage?.kind === 'dropout' ? damage.lengthSamples : 0).to.be.within(80, 240);
  });

  it('finds a frame that was inserted', () => {
    const cut = loudest(PLAYED, 160);
    const recorded = new Int16Array(PLAYED.length + 160 + RATE);
    recorded.set(PLAYED.subarray(0, cut), 0);
    recorded.set(PLAYED.subarray(cut), cut + 160);
    const slip = damageIn(recorded).find(({ kind }) => kind === 'slip');
    expect(slip?.kind === 'slip' ? slip.bySamples : 0).to.equal(160);
  });

  it('finds a click', () => {
    const recorded = delayed(PLAYED, 700);
    const at = loudest(PLAYED, 160);
    recorded[at + 700] = (recorded[at + 700] ?? 0) > 0 ? -20_000 : 20_000;
    const clicks = damageIn(recorded).filter(({ kind }) => kind === 'click');
    expect(clicks).to.have.length(1);
    expect(clicks[0]?.atSample).to.be.closeTo(at, 40);
  });
});

/** Beginning of the loudest stretch. */
function loudest(samples: Int16Array, length: number): number {
  let best = 0;
  let bestEnergy = 0;
  for (let at = 0; at + length <= samples.length; at += length) {
    const energy = samples.subarray(at, at + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > bestEnergy) { bestEnergy = energy; best = at; }
  }
  return best;
}
