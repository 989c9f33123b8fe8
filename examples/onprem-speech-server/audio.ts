import { AudioEncoding, type AudioFormat } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/audio.js';
import { PcmAssembler, pcm16le } from '../../src/adapters/speech/wire/pcm-assembler.js';
import { BadRequest } from './status.js';

/** The engines of this machine work at the two rates of telephony. */
export function rateOf(format: AudioFormat | undefined): 8000 | 16_000 {
  const rateHz = format?.sampleRateHz ?? 0;
  if (rateHz !== 8000 && rateHz !== 16_000) throw new BadRequest(`audio at ${rateHz} Hz: it must be 8000 or 16000`);
  return rateHz;
}

/** Reads the pieces of one stream. */
export function assemblerOf(format: AudioFormat | undefined): PcmAssembler {
  switch (format?.encoding) {
    case AudioEncoding.AUDIO_ENCODING_LINEAR16: return new PcmAssembler('pcm16le');
    case AudioEncoding.AUDIO_ENCODING_MULAW: return new PcmAssembler('ulaw');
    case AudioEncoding.AUDIO_ENCODING_UNSPECIFIED: case AudioEncoding.UNRECOGNIZED: case undefined: break;
  }
  throw new BadRequest('audio must be LINEAR16 or MULAW');
}

export function linear16Chunk(samples: Int16Array, sampleRateHz: number) {
  return { format: { encoding: AudioEncoding.AUDIO_ENCODING_LINEAR16, sampleRateHz }, content: Buffer.from(pcm16le(samples)) };
}
