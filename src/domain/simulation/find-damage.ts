import type { AlignedWindow, Alignment } from './align-signals.js';

/** Something the recording has that the reference had not, or the other way round; `atSample` in the reference. */
export type Damage =
  /** Sound of the reference that is missing: a lost frame. */
  | { readonly kind: 'dropout'; readonly atSample: number; readonly lengthSamples: number }
  /** The lag jumped: a frame repeated, inserted (positive) or left out (negative). */
  | { readonly kind: 'slip'; readonly atSample: number; readonly bySamples: number }
  /** A short burst that is not in the reference, as a torn waveform makes. */
  | { readonly kind: 'click'; readonly atSample: number; readonly amplitude: number };

const BLOCK_MS = 5;
const MS_PER_S = 1000;
/** A block of the reference softer than this (RMS) is not missed. */
const MISSED_RMS = 300;
/** A block that has lost this much of its level is missing. */
const LOST_SHARE = 0.2;
/**
 * A click is a corner sharper than any the reference has nearby: measured by second differences, which are the same for the
 * same voice even where its hiss is made anew each time it speaks.
 */
const CLICK_FACTOR = 3;
/** What G.711 adds to the corners of loud samples, and more. */
const CLICK_SHARPNESS_MIN = 2500;
const NEARBY_BLOCKS = 4;
const SLIP_MS = 2;
const TRUSTED_CORRELATION = 0.7;

/** Compares what was played with what was recorded sample by sample where they are aligned. In order of time. */
export function findDamage(reference: Int16Array, recorded: Int16Array, alignment: Alignment, sampleRateHz: number): readonly Damage[] {
  const block = (BLOCK_MS * sampleRateHz) / MS_PER_S;
  const gain = gainOf(reference, recorded, alignment);
  const damages: Damage[] = slips(alignment.windows, (SLIP_MS * sampleRateHz) / MS_PER_S);
  for (const window of alignment.windows) {
    const lag = Math.round(window.correlation >= TRUSTED_CORRELATION ? window.lagSamples : alignment.offsetSamples);
    for (let at = window.atSample; at + block <= window.atSample + window.lengthSamples; at += block) {
      const damage = damageOf(reference, recorded, { at, length: block, lag, gain });
      if (damage !== null) damages.push(damage);
    }
  }
  return merge(damages.sort((a, b) => a.atSample - b.atSample), block);
}

/** How much louder the recording is, by least squares over the windows that fit well. */
function gainOf(reference: Int16Array, recorded: Int16Array, alignment: Alignment): number {
  let product = 0;
  let energy = 0;
  for (const { atSample, lengthSamples, lagSamples, correlation } of alignment.windows) {
    if (correlation < TRUSTED_CORRELATION) continue;
    const lag = Math.round(lagSamples);
    for (let index = atSample; index < atSample + lengthSamples; index += 1) {
      const one = reference[index] ?? 0;
      product += one * (recorded[index + lag] ?? 0);
      energy += one * one;
    }
  }
  return energy === 0 ? 1 : product / energy;
}

function slips(windows: readonly AlignedWindow[], slipSamples: number): Damage[] {
  const good = windows.filter((window) => window.correlation >= TRUSTED_CORRELATION);
  return good.slice(1).flatMap((window, index) => {
    const bySamples = Math.round(window.lagSamples - (good[index]?.lagSamples ?? window.lagSamples));
    return Math.abs(bySamples) >= slipSamples ? [{ kind: 'slip', atSample: window.atSample, bySamples }] : [];
  });
}

interface Block {
  readonly at: number;
  readonly length: number;
  readonly lag: number;
  readonly gain: number;
}

function damageOf(reference: Int16Array, recorded: Int16Array, { at, length, lag, gain }: Block): Damage | null {
  const wantedRms = level(reference, at, length) * gain;
  if (wantedRms >= MISSED_RMS * gain && level(recorded, at + lag, length) < wantedRms * LOST_SHARE) return { kind: 'dropout', atSample: at, lengthSamples: length };
  const sharpness = sharpest(recorded, at + lag, length);
  const usual = sharpest(reference, at - NEARBY_BLOCKS * length, (2 * NEARBY_BLOCKS + 1) * length) * gain;
  return sharpness > CLICK_SHARPNESS_MIN + CLICK_FACTOR * usual ? { kind: 'click', atSample: at, amplitude: Math.round(sharpness / 2) } : null;
}

function level(samples: Int16Array, from: number, length: number): number {
  let energy = 0;
  for (let index = from; index < from + length; index += 1) energy += (samples[index] ?? 0) ** 2;
  return Math.sqrt(energy / length);
}

/** Largest second difference: how sharp a corner the waveform has. */
function sharpest(samples: Int16Array, from: number, length: number): number {
  let most = 0;
  for (let index = Math.max(1, from); index < from + length; index += 1) {
    most = Math.max(most, Math.abs((samples[index - 1] ?? 0) - 2 * (samples[index] ?? 0) + (samples[index + 1] ?? 0)));
  }
  return most;
}

/** Neighbouring blocks of one damage are one. */
function merge(damages: readonly Damage[], block: number): readonly Damage[] {
  const merged: Damage[] = [];
  for (const damage of damages) {
    const last = merged.at(-1);
    if (last?.kind === 'dropout' && damage.kind === 'dropout' && damage.atSample <= last.atSample + last.lengthSamples) {
      merged[merged.length - 1] = { ...last, lengthSamples: damage.atSample + damage.lengthSamples - last.atSample };
    } else if (last?.kind === 'click' && damage.kind === 'click' && damage.atSample - last.atSample <= block) {
      merged[merged.length - 1] = { ...damage, amplitude: Math.max(last.amplitude, damage.amplitude) };
    } else {
      merged.push(damage);
    }
  }
  return merged;
}
