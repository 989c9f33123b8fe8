/** Zero crossings of the kernel on each side: the pass band is flat to 0.9 of the lower Nyquist frequency. */
const LOBES = 16;

/**
 * A whole clip at another rate, by a windowed sinc (Hann) cut at the lower of both Nyquist frequencies, one row of taps for each
 * of the phases that the two rates can have to each other. For speech that is rendered at a rate no telephone knows
 * (22 050 Hz); streams use a `Resampler`. No delay.
 */
export function resampleClip(input: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return input;
  const { phases, step, reach, taps } = kernelOf(fromHz, toHz);
  const width = 2 * reach;
  const output = new Int16Array(Math.floor((input.length * toHz) / fromHz));
  for (let index = 0; index < output.length; index += 1) {
    const position = index * step;
    const phase = position % phases;
    const first = (position - phase) / phases - reach + 1;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < width && first + tap < input.length; tap += 1) {
      sum += (input[first + tap] ?? 0) * (taps[phase * width + tap] ?? 0);
    }
    output[index] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return output;
}

interface Kernel {
  /** Input samples are this many steps apart, output samples `step`. */
  readonly phases: number;
  readonly step: number;
  /** Input samples on each side. */
  readonly reach: number;
  /** Row after row, one for each phase. */
  readonly taps: Float64Array;
}

const kernels = new Map<string, Kernel>();

function kernelOf(fromHz: number, toHz: number): Kernel {
  const name = `${fromHz}>${toHz}`;
  let kernel = kernels.get(name);
  if (kernel === undefined) {
    kernel = design(fromHz, toHz);
    kernels.set(name, kernel);
  }
  return kernel;
}

function design(fromHz: number, toHz: number): Kernel {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const phases = toHz / divisor;
  const cutoff = Math.min(1, toHz / fromHz);
  const reach = Math.ceil(LOBES / cutoff);
  const taps = new Float64Array(phases * 2 * reach);
  for (let phase = 0; phase < phases; phase += 1) {
    for (let tap = 0; tap < 2 * reach; tap += 1) {
      taps[phase * 2 * reach + tap] = windowedSinc(tap - reach + 1 - phase / phases, cutoff, reach);
    }
  }
  return { phases, step: fromHz / divisor, reach, taps };
}

function windowedSinc(distance: number, cutoff: number, reach: number): number {
  if (distance === 0) return cutoff;
  const angle = Math.PI * distance * cutoff;
  return (cutoff * Math.sin(angle) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach))) / angle;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
