import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk } from '../../../application/ports/text-to-speech.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import type { SpeechPiece } from '../../grpc/generated/voicegateway/speech/v1/synthesis.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { readFormat } from './onprem-audio.js';

/** The pieces of one synthesis, at the rate that was asked for whatever the server's. */
export class SpeechPieces {
  /** Samples given so far. */
  samples = 0;
  private assembler: PcmAssembler | null = null;
  private resampler: Resampler | null = null;
  private format = '';
  /** Words of pieces too small to be heard. */
  private words: NonNullable<SpeechChunk['words']> = [];

  constructor(private readonly toHz: number, private readonly resamplerOf: (fromHz: number, toHz: number) => Resampler) {}

  /** @throws PortError `text-to-speech/protocol`. */
  take({ audio, words }: SpeechPiece): SpeechChunk {
    const { encoding, sampleRateHz } = readFormat(audio?.format, 'text-to-speech');
    const format = `${encoding} ${sampleRateHz}`;
    if (this.assembler === null) {
      this.format = format;
      if (sampleRateHz !== this.toHz) this.resampler = this.resamplerOf(sampleRateHz, this.toHz);
      this.assembler = new PcmAssembler(encoding, this.resampler);
    } else if (format !== this.format) throw new PortError(`${this.format} Hz became ${format} Hz in one speech`, { code: 'text-to-speech/protocol', kind: 'protocol' });
    const samples = this.assembler.take(audio?.content ?? new Uint8Array(0));
    this.samples += samples.length;
    const told = [...this.words, ...words];
    this.words = samples.length === 0 ? told : [];
    return samples.length === 0 || told.length === 0 ? { samples } : { samples, words: told };
  }

  close(): void {
    this.resampler?.close();
    this.resampler = null;
  }
}
