import { expect } from 'chai';
import { telephoneTransform } from '../../../../src/adapters/speech/local/telephone-transform.js';

const CEPSTRA = 13;

/** The file as `ps_mllr_read` of pocketsphinx reads it: classes, streams, and for each a matrix, offsets and factors of variances. */
function read(): readonly { readonly matrix: readonly (readonly number[])[]; readonly offsets: readonly number[]; readonly factors: readonly number[] }[] {
  const numbers = telephoneTransform().trim().split(/\s+/u).map(Number);
  let at = 0;
  const take = (count: number): readonly number[] => { at += count; return numbers.slice(at - count, at); };
  const [classes, streams = 0] = take(2);
  expect(classes).to.equal(1);
  const all = Array.from({ length: streams }, () => {
    expect(take(1)).to.deep.equal([CEPSTRA]);
    return { matrix: Array.from({ length: CEPSTRA }, () => take(CEPSTRA)), offsets: take(CEPSTRA), factors: take(CEPSTRA) };
  });
  expect(at, 'nothing is left over').to.equal(numbers.length);
  return all;
}

const times = (matrix: readonly (readonly number[])[], vector: readonly number[]): readonly number[] => matrix.map((row) => row.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0));

/** A log spectrum of 25 filters as a cepstrum of the model: cosines, liftered. */
function cepstrum(spectrum: readonly number[]): readonly number[] {
  return Array.from({ length: CEPSTRA }, (_, i) => {
    const scale = i === 0 ? Math.sqrt(1 / 25) : Math.sqrt(2 / 25);
    const lift = i === 0 ? 1 : 1 + 11 * Math.sin((i * Math.PI) / 22);
    return lift * scale * spectrum.reduce((sum, value, filter) => sum + value * Math.cos((Math.PI * i * (filter + 0.5)) / 25), 0);
  });
}

/** Smooth enough that thirteen cepstra hold it: a hump around a filter. */
const hump = (middle: number): readonly number[] => Array.from({ length: 25 }, (_, filter) => Math.exp(-(((filter - middle) / 3) ** 2)));
const size = (vector: readonly number[]): number => Math.hypot(...vector);
const apart = (a: readonly number[], b: readonly number[]): number => size(a.map((value, i) => value - (b[i] ?? 0)));

describe('telephoneTransform', () => {
  it('is the same for cepstra and their differences, moves nothing, and leaves variances alone', () => {
    const [first, ...others] = read();
    expect(others).to.have.length(2);
    for (const stream of others) expect(stream).to.deep.equal(first);
    expect(first?.offsets).to.deep.equal(Array(CEPSTRA).fill(0));
    expect(first?.factors).to.deep.equal(Array(CEPSTRA).fill(1));
  });

  it('leaves a sound within a telephone\'s band nearly as it is', () => {
    const [{ matrix }] = read() as [ReturnType<typeof read>[number]];
    for (const middle of [3, 7, 11]) {
      const sound = cepstrum(hump(middle));
      expect(apart(times(matrix, sound), sound) / size(sound), `filter ${middle}`).to.be.below(0.1);
    }
  });

  it('takes away most of what is above it', () => {
    const [{ matrix }] = read() as [ReturnType<typeof read>[number]];
    for (const middle of [21, 24]) {
      const sound = cepstrum(hump(middle));
      expect(size(times(matrix, sound)) / size(sound), `filter ${middle}`).to.be.below(0.5);
    }
  });
});
