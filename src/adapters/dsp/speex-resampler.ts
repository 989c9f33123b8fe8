import loadSpeex, { type SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';
import type { Resampler } from '../../domain/audio/resampler.js';

export type ResamplerFactory = (fromHz: number, toHz: number) => Resampler;

/** Quality 5 of 0 to 10: aliases below -120 dB at 0.3 ms of CPU per second of audio. */
const QUALITY = 5;
const BYTES_PER_SAMPLE = 2;
const BYTES_PER_WORD = 4;
/** Longer input is converted in several rounds. */
const ROUND_SAMPLES = 4096;

/** Loads the Speex resampler once for this thread; the factory then makes an instance per stream, between any two rates. */
export async function loadSpeexResamplers(): Promise<ResamplerFactory> {
  const module = await loadSpeex();
  return (fromHz, toHz) => new SpeexResampler(module, fromHz, toHz);
}

class SpeexResampler implements Resampler {
  private instance: number;
  private readonly input: number;
  private readonly output: number;
  private readonly lengths: number; // two uint32: input used, output written
  private readonly outputRoom: number;

  constructor(private readonly module: SpeexResamplerModule, readonly fromHz: number, readonly toHz: number) {
    this.outputRoom = this.outputCapacity(ROUND_SAMPLES);
    this.lengths = module._malloc(2 * BYTES_PER_WORD);
    this.input = module._malloc(ROUND_SAMPLES * BYTES_PER_SAMPLE);
    this.output = module._malloc(this.outputRoom * BYTES_PER_SAMPLE);
    this.instance = module._speex_resampler_init(1, fromHz, toHz, QUALITY, this.lengths);
    if (this.instance !== 0) return;
    this.free();
    throw new RangeError(`cannot resample from ${fromHz} to ${toHz} Hz`);
  }

  outputCapacity(inputSamples: number): number {
    return Math.ceil((inputSamples * this.toHz) / this.fromHz) + 1;
  }

  process(input: Int16Array, output: Int16Array): number {
    let written = 0;
    for (let at = 0; at < input.length; ) {
      const { HEAP16, HEAPU32 } = this.module;
      const part = input.subarray(at, at + ROUND_SAMPLES);
      HEAP16.set(part, this.input / BYTES_PER_SAMPLE);
      const lengths = this.lengths / BYTES_PER_WORD;
      HEAPU32[lengths] = part.length;
      HEAPU32[lengths + 1] = this.outputRoom;
      this.module._speex_resampler_process_int(this.instance, 0, this.input, this.lengths, this.output, this.lengths + BYTES_PER_WORD);
      const produced = this.module.HEAPU32[lengths + 1] ?? 0;
      const from = this.output / BYTES_PER_SAMPLE;
      output.set(this.module.HEAP16.subarray(from, from + produced), written);
      written += produced;
      at += part.length; // the room is always enough, so all of the part was used
    }
    return written;
  }

  reset(): void {
    this.module._speex_resampler_reset_mem(this.instance);
  }

  close(): void {
    if (this.instance === 0) return;
    this.module._speex_resampler_destroy(this.instance);
    this.instance = 0;
    this.free();
  }

  private free(): void {
    for (const pointer of [this.lengths, this.input, this.output]) this.module._free(pointer);
  }
}
