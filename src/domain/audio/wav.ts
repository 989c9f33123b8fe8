import { BYTES_PER_SAMPLE, decodeL16, encodeL16 } from './l16.js';

/** PCM16 WAV: "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft 1991), RIFF WAVE. */
export const WAV_HEADER_BYTES = 44;

const PCM = 1;
const EXTENSIBLE = 0xfffe;
const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES_MIN = 16;
const EXTENSIBLE_BYTES_MIN = 40;
const SUBFORMAT_OFFSET = 24;
const CHANNELS_MAX = 8;
const SAMPLE_RATE_MAX_HZ = 384_000;
/** A file of more chunks than this is an attack, not a recording. */
const CHUNKS_MAX = 1000;

export interface WavAudio {
  readonly ok: true;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Interleaved. */
  readonly samples: Int16Array;
}

export type WavFault = 'not-riff' | 'no-format' | 'unsupported-format' | 'no-data' | 'too-many-chunks';

export interface WavRefusal {
  readonly ok: false;
  readonly fault: WavFault;
}

interface WavFormat {
  readonly channels: number;
  readonly sampleRateHz: number;
}

/** Reads a whole file. Believes no length field: what lies past the end of `file` is taken as not written. */
export function parseWav(file: Uint8Array): WavAudio | WavRefusal {
  if (file.length < RIFF_HEADER_BYTES || tag(file, 0) !== 'RIFF' || tag(file, 8) !== 'WAVE') return refuse('not-riff');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let format: WavFormat | undefined;
  let offset = RIFF_HEADER_BYTES;
  for (let chunks = 0; offset + CHUNK_HEADER_BYTES <= file.length; chunks += 1) {
    if (chunks === CHUNKS_MAX) return refuse('too-many-chunks');
    const name = tag(file, offset);
    const begin = offset + CHUNK_HEADER_BYTES;
    const stated = view.getUint32(offset + 4, true);
    const length = Math.min(stated, file.length - begin);
    if (name === 'fmt ') {
      format = readFormat(view, begin, length);
      if (format === undefined) return refuse('unsupported-format');
    } else if (name === 'data') {
      return format === undefined ? refuse('no-format') : { ok: true, ...format, samples: readSamples(file, { begin, length }, format) };
    }
    offset = begin + length + (stated & 1); // chunks begin on even offsets
  }
  return refuse(format === undefined ? 'no-format' : 'no-data');
}

/** One channel of interleaved audio. */
export function channelOf(audio: Pick<WavAudio, 'samples' | 'channels'>, channel: number): Int16Array {
  const length = Math.floor(audio.samples.length / audio.channels);
  return Int16Array.from({ length }, (_, index) => audio.samples[index * audio.channels + channel] ?? 0);
}

export interface WavShape {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Samples per channel. A streaming writer writes the header first with 0 and again over it when it knows. */
  readonly samplesPerChannel: number;
}

/** The 44 bytes before the samples. */
export function wavHeader(shape: WavShape): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const blockBytes = shape.channels * BYTES_PER_SAMPLE;
  const dataBytes = shape.samplesPerChannel * blockBytes;
  putTag(header, 0, 'RIFF');
  view.setUint32(4, WAV_HEADER_BYTES - CHUNK_HEADER_BYTES + dataBytes, true);
  putTag(header, 8, 'WAVE');
  putTag(header, 12, 'fmt ');
  view.setUint32(16, FORMAT_BYTES_MIN, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, shape.channels, true);
  view.setUint32(24, shape.sampleRateHz, true);
  view.setUint32(28, shape.sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  putTag(header, 36, 'data');
  view.setUint32(40, dataBytes, true);
  return header;
}

/** Mono samples as the bytes that follow the header. */
export function wavBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * BYTES_PER_SAMPLE);
  encodeL16('little-endian', samples, { bytes, offset: 0 });
  return bytes;
}

/** Two channels as the bytes that follow the header. The shorter one is continued with silence. */
export function stereoWavBytes(left: Int16Array, right: Int16Array): Uint8Array {
  const length = Math.max(left.length, right.length);
  const interleaved = new Int16Array(length * 2);
  for (let i = 0; i < length; i += 1) {
    interleaved[2 * i] = left[i] ?? 0;
    interleaved[2 * i + 1] = right[i] ?? 0;
  }
  return wavBytes(interleaved);
}

function readFormat(view: DataView, begin: number, length: number): WavFormat | undefined {
  if (length < FORMAT_BYTES_MIN) return undefined;
  let code = view.getUint16(begin, true);
  if (code === EXTENSIBLE && length >= EXTENSIBLE_BYTES_MIN) code = view.getUint16(begin + SUBFORMAT_OFFSET, true);
  const channels = view.getUint16(begin + 2, true);
  const sampleRateHz = view.getUint32(begin + 4, true);
  const bits = view.getUint16(begin + 14, true);
  const plausible = channels >= 1 && channels <= CHANNELS_MAX && sampleRateHz >= 1 && sampleRateHz <= SAMPLE_RATE_MAX_HZ;
  return code === PCM && bits === BYTES_PER_SAMPLE * 8 && plausible ? { channels, sampleRateHz } : undefined;
}

function readSamples(file: Uint8Array, data: { begin: number; length: number }, format: WavFormat): Int16Array {
  const blocks = Math.floor(data.length / (BYTES_PER_SAMPLE * format.channels));
  const samples = new Int16Array(blocks * format.channels);
  decodeL16('little-endian', { bytes: file, offset: data.begin }, samples.length, samples);
  return samples;
}

function refuse(fault: WavFault): WavRefusal {
  return { ok: false, fault };
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function putTag(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i += 1) bytes[offset + i] = text.charCodeAt(i);
}
