import { decodeG711 } from '../../../domain/audio/g711.js';
import { BYTES_PER_SAMPLE, decodeL16, encodeL16 } from '../../../domain/audio/l16.js';
import type { Resampler } from '../../../domain/audio/resampler.js';

/** What a provider sends: PCM16 little-endian or µ-law bytes. */
export type WireEncoding = 'pcm16le' | 'ulaw';

/** Bytes of audio as they come, in pieces of any size, to samples. A sample cut in two by the network is put together again. */
export class PcmAssembler {
  private rest: Uint8Array = new Uint8Array(0);

  /** `resampler`: from the provider's rate to the one asked for; null when they are the same. The caller closes it. */
  constructor(private readonly encoding: WireEncoding, private readonly resampler: Resampler | null = null) {}

  /** May be empty: too little came to make a sample. */
  take(bytes: Uint8Array): Int16Array {
    const samples = this.encoding === 'ulaw' ? this.decodeUlaw(bytes) : this.decodePcm(bytes);
    if (this.resampler === null || samples.length === 0) return samples;
    const output = new Int16Array(this.resampler.outputCapacity(samples.length));
    return output.subarray(0, this.resampler.process(samples, output));
  }

  private decodeUlaw(bytes: Uint8Array): Int16Array {
    const samples = new Int16Array(bytes.length);
    decodeG711('ulaw', { bytes, offset: 0 }, bytes.length, samples);
    return samples;
  }

  private decodePcm(bytes: Uint8Array): Int16Array {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const count = Math.floor(all.length / BYTES_PER_SAMPLE);
    this.rest = Uint8Array.from(all.subarray(count * BYTES_PER_SAMPLE));
    const samples = new Int16Array(count);
    decodeL16('little-endian', { bytes: all, offset: 0 }, count, samples);
    return samples;
  }
}

/** PCM16 little-endian bytes of samples, as providers take them. */
export function pcm16le(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * BYTES_PER_SAMPLE);
  encodeL16('little-endian', samples, { bytes, offset: 0 });
  return bytes;
}
