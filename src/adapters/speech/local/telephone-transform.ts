/* The front end of the acoustic model (en-us/feat.params): `-nfilt`, `-lowerf`, `-upperf`, `-lifter`, and cepstra as usual. */
const FILTERS = 25;
const LOWEST_HZ = 130;
const HIGHEST_HZ = 6800;
const LIFTER = 22;
const CEPSTRA = 13;
/** Cepstra, their differences and the differences of these: three streams, which one matrix serves. */
const STREAMS = 3;

/** Filters whose middle is above this hear nothing of a telephone (G.711: up to 3.4 kHz; the next filter is at 3.8 kHz). */
const TELEPHONE_HIGHEST_HZ = 3600;

type Matrix = readonly (readonly number[])[];

/**
 * What the sounds of the model would be on a telephone. The model was trained on 16 kHz; each of its sounds is a mean
 * cepstrum, and the spectrum behind it can be had back, cut where telephones cut, and made a cepstrum again. All of that is
 * linear: one matrix, made without any training. As text in the form that `ps_mllr_read` takes.
 *
 * (Without it one telephone sentence in fourteen is wrong, with it one in thirty; see docs/adr/0003-local-speech.md.)
 */
export function telephoneTransform(): string {
  const matrix = cutAbove(TELEPHONE_HIGHEST_HZ).map((row) => row.map((value) => value.toFixed(6)).join(' '));
  const [offsets, varianceFactors] = [0, 1].map((value) => Array.from({ length: CEPSTRA }, () => value).join(' '));
  const stream = [CEPSTRA, ...matrix, offsets, varianceFactors];
  return [1, STREAMS, ...Array.from({ length: STREAMS }, () => stream).flat(), ''].join('\n');
}

/** Cepstrum → spectrum by filter, without those above → cepstrum. */
function cutAbove(highestHz: number): Matrix {
  const heard = filterMiddlesHz().map((hz) => (hz < highestHz ? 1 : 0));
  return COSINES.map((row, i) => COSINES.map((column, k) => {
    const kept = row.reduce((sum, value, filter) => sum + value * (heard[filter] ?? 0) * (column[filter] ?? 0), 0);
    return (lift(i) * kept) / lift(k);
  }));
}

/** Equally far apart on the mel scale. */
function filterMiddlesHz(): readonly number[] {
  const step = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (FILTERS + 1);
  return Array.from({ length: FILTERS }, (_, filter) => 700 * (10 ** ((mel(LOWEST_HZ) + (filter + 1) * step) / 2595) - 1));
}

function mel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

/** The weight of a cepstrum's i-th element. */
function lift(i: number): number {
  return i === 0 ? 1 : 1 + (LIFTER / 2) * Math.sin((i * Math.PI) / LIFTER);
}

/** The discrete cosine transform, orthonormal: its transpose is its inverse. */
const COSINES: Matrix = Array.from({ length: CEPSTRA }, (_, i) => Array.from({ length: FILTERS }, (__, filter) =>
  (i === 0 ? Math.sqrt(1 / FILTERS) : Math.sqrt(2 / FILTERS) * Math.cos((Math.PI * i * (filter + 0.5)) / FILTERS))));
