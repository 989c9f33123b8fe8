import type { ByteSpan } from '../../domain/audio/byte-span.js';
import type { SampleRateHz } from '../../domain/audio/frame.js';
import { decodeG711, encodeG711, type G711Law } from '../../domain/audio/g711.js';
import { BYTES_PER_SAMPLE, decodeL16, encodeL16 } from '../../domain/audio/l16.js';
import type { RtpCodecName } from './rtp-leg.js';

/** Comfort noise, RFC 3389; 19 is its number in old implementations. Asterisk sends both. */
export const COMFORT_NOISE_PAYLOAD_TYPES: readonly number[] = [13, 19];

/** How a payload type carries linear samples. */
export interface RtpCodec {
  readonly payloadType: number;
  readonly sampleRateHz: SampleRateHz;
  readonly bytesPerSample: number;
  encode(samples: Int16Array, to: ByteSpan): void;
  decode(from: ByteSpan, count: number, samples: Int16Array): void;
}

function g711(law: G711Law, payloadType: number): RtpCodec {
  return {
    payloadType,
    sampleRateHz: 8000,
    bytesPerSample: 1,
    encode(samples, to) { encodeG711(law, samples, to); },
    decode(from, count, samples) { decodeG711(law, from, count, samples); },
  };
}

/** PT 118 is Asterisk's static number for slin16 (main/rtp_engine.c), big-endian. PT 0 and 8: RFC 3551 table 4. */
const CODECS: Readonly<Record<RtpCodecName, RtpCodec>> = {
  ulaw: g711('ulaw', 0),
  alaw: g711('alaw', 8),
  slin16: {
    payloadType: 118,
    sampleRateHz: 16000,
    bytesPerSample: BYTES_PER_SAMPLE,
    encode(samples, to) { encodeL16('big-endian', samples, to); },
    decode(from, count, samples) { decodeL16('big-endian', from, count, samples); },
  },
};

export function rtpCodec(name: RtpCodecName): RtpCodec {
  return CODECS[name];
}
