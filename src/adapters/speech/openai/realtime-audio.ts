import { encodeG711 } from '../../../domain/audio/g711.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import { pcm16le } from '../wire/pcm-assembler.js';

/** The only rate of their linear PCM. */
const PCM_RATE_HZ = 24_000;
/** What the resampler still holds at the end of an utterance. */
const TAIL_MS = 10;

/** Audio as the realtime interface takes it: µ-law at the rate of the telephone, else linear at 24 kHz. */
export class RealtimeAudio {
  readonly format: object;
  private readonly resampler: Resampler | null;

  constructor(private readonly sampleRateHz: number, resampler: (fromHz: number, toHz: number) => Resampler) {
    this.resampler = sampleRateHz === 8000 ? null : resampler(sampleRateHz, PCM_RATE_HZ);
    this.format = this.resampler === null ? { type: 'audio/pcmu' } : { type: 'audio/pcm', rate: PCM_RATE_HZ };
  }

  /** Base64. */
  encode(samples: Int16Array): string {
    if (this.resampler === null) {
      const bytes = new Uint8Array(samples.length);
      encodeG711('ulaw', samples, { bytes, offset: 0 });
      return Buffer.from(bytes).toString('base64');
    }
    const output = new Int16Array(this.resampler.outputCapacity(samples.length));
    return Buffer.from(pcm16le(output.subarray(0, this.resampler.process(samples, output)))).toString('base64');
  }

  /** The end of an utterance, with silence until it is `missingMs` longer. */
  end(missingMs: number): string {
    const rest = this.encode(new Int16Array((Math.max(TAIL_MS, missingMs) * this.sampleRateHz) / 1000));
    this.resampler?.reset();
    return rest;
  }

  close(): void {
    this.resampler?.close();
  }
}
