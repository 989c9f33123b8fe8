import { wrap16, wrap32 } from './sequence.js';

/** The fixed RTP header, RFC 3550 §5.1. */
export const RTP_HEADER_BYTES = 12;

/** Why a datagram is not an RTP packet. `none` when it is. */
export type RtpFault = 'none' | 'too-short' | 'version' | 'sources' | 'extension' | 'padding' | 'empty';

const VERSION_2 = 2;
const WORD_BYTES = 4;
const EXTENSION_HEADER_BYTES = 4;

/** A datagram somewhere in a larger buffer. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** What tells packets of a stream apart. */
export interface RtpStamp {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly marker: boolean;
}

/** One parsed header, made to be used again for every packet: `parse` allocates nothing and never reads outside the datagram. */
export class RtpPacket implements RtpStamp {
  payloadType = 0;
  marker = false;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** Index into the buffer the datagram lies in. */
  payloadOffset = 0;
  payloadLength = 0;

  /** Reads the header. After any fault but `none` the fields mean nothing. */
  parse(datagram: Datagram): RtpFault {
    const { bytes, offset, length } = datagram;
    if (length < RTP_HEADER_BYTES || offset + length > bytes.length) return 'too-short';
    const first = bytes[offset] ?? 0;
    if (first >> 6 !== VERSION_2) return 'version';
    const second = bytes[offset + 1] ?? 0;
    this.marker = (second & 0x80) !== 0;
    this.payloadType = second & 0x7f;
    this.sequence = readUint16(bytes, offset + 2);
    this.timestamp = readUint32(bytes, offset + 4);
    this.ssrc = readUint32(bytes, offset + 8);
    return this.locatePayload(datagram, first);
  }

  private locatePayload(datagram: Datagram, first: number): RtpFault {
    const { bytes, offset, length } = datagram;
    const end = offset + length;
    let begin = offset + RTP_HEADER_BYTES + (first & 0x0f) * WORD_BYTES;
    if (begin > end) return 'sources';
    if ((first & 0x10) !== 0) {
      if (begin + EXTENSION_HEADER_BYTES > end) return 'extension';
      begin += EXTENSION_HEADER_BYTES + readUint16(bytes, begin + 2) * WORD_BYTES;
      if (begin > end) return 'extension';
    }
    let padding = 0;
    if ((first & 0x20) !== 0) {
      padding = bytes[end - 1] ?? 0;
      if (padding === 0 || begin + padding > end) return 'padding';
    }
    this.payloadOffset = begin;
    this.payloadLength = end - padding - begin;
    return this.payloadLength === 0 ? 'empty' : 'none';
  }
}

export interface RtpHeader extends RtpStamp {
  readonly payloadType: number;
}

/** Writes the twelve bytes of a header without sources, extension or padding. */
export function writeRtpHeader(header: RtpHeader, bytes: Uint8Array, offset: number): void {
  bytes[offset] = VERSION_2 << 6;
  bytes[offset + 1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  const sequence = wrap16(header.sequence);
  bytes[offset + 2] = sequence >> 8;
  bytes[offset + 3] = sequence;
  writeUint32(bytes, offset + 4, wrap32(header.timestamp));
  writeUint32(bytes, offset + 8, wrap32(header.ssrc));
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
