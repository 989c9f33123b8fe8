import { z } from 'zod';
import type { RecordingBeginning } from '../../../domain/recording/recording.js';
import { callId, tenantId } from '../../../domain/shared/ids.js';
import { ChunkSeal, META } from './chunk-seal.js';
import { type RecordingKeys, tampered, unreadable } from './recording-keys.js';

/**
 * A recording as bytes: `VGR1`, length of the header (32 bits, big-endian), header (JSON), chunks of audio. Each chunk holds
 * `CHUNK_BYTES` of PCM16, the last one fewer (perhaps none). Sealed: header and chunks are encrypted one by one under a key of this
 * recording alone (AES-256-GCM), which is in the header under a master key; so ranges can be read, and erasing the file erases the key.
 */
const MAGIC = Buffer.from('VGR1');
export const HEAD_PREFIX_BYTES = 8;
/** A header is some hundred bytes; more is no header. */
export const HEADER_BYTES_MAX = 16_384;
/** One second at 8 kHz: so much is lost of a recording whose process dies. */
export const CHUNK_BYTES = 32_768;

const HEADER = z.union([
  z.object({ key: z.object({ keyId: z.string(), wrapped: z.string() }), sealed: z.string() }),
  z.object({ key: z.null(), plain: z.unknown() }),
]);

const BEGINNING = z.object({
  recordingId: z.string(), tenantId: z.string().transform(tenantId), callId: z.string().transform(callId), callerNumber: z.string(), calleeNumber: z.string(),
  agentId: z.string(), startedAt: z.string(), expiresAt: z.string(), sampleRateHz: z.int().min(8000).max(48_000),
});

export interface ContainerHead {
  readonly beginning: RecordingBeginning;
  readonly seal: ChunkSeal;
  readonly headBytes: number;
}

/** The bytes before the audio, and what seals it. `keys` null: nothing is sealed. */
export function newHead(beginning: RecordingBeginning, keys: RecordingKeys | null): { readonly bytes: Buffer; readonly seal: ChunkSeal } {
  if (keys === null) return { bytes: framed({ key: null, plain: beginning }), seal: new ChunkSeal(null) };
  const { dataKey, wrapped } = keys.wrapNew();
  const seal = new ChunkSeal(dataKey);
  return { bytes: framed({ key: wrapped, sealed: seal.seal(Buffer.from(JSON.stringify(beginning)), META).toString('base64') }), seal };
}

/** Of what `parseHead` needs, from the first 8 bytes. @throws PortError `recording-store/tampered`. */
export function headBytesOf(prefix: Uint8Array): number {
  const bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (bytes.length < HEAD_PREFIX_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw tampered();
  const length = bytes.readUInt32BE(MAGIC.length);
  if (length > HEADER_BYTES_MAX) throw tampered();
  return HEAD_PREFIX_BYTES + length;
}

/** @throws PortError `recording-store/tampered`, `recording-store/unreadable`. */
export function parseHead(bytes: Buffer, keys: RecordingKeys | null): ContainerHead {
  const headBytes = headBytesOf(bytes);
  const header = HEADER.safeParse(json(bytes.subarray(HEAD_PREFIX_BYTES, headBytes)));
  if (!header.success) throw tampered(header.error);
  if (header.data.key === null) return { beginning: beginningOf(header.data.plain), seal: new ChunkSeal(null), headBytes };
  if (keys === null) throw unreadable();
  const seal = new ChunkSeal(keys.unwrap(header.data.key));
  return { beginning: beginningOf(json(seal.open(Buffer.from(header.data.sealed, 'base64'), META))), seal, headBytes };
}

function beginningOf(value: unknown): RecordingBeginning {
  const beginning = BEGINNING.safeParse(value);
  if (!beginning.success) throw tampered(beginning.error);
  return beginning.data;
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw tampered(cause);
  }
}

function framed(header: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(HEAD_PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32BE(text.length, MAGIC.length);
  return Buffer.concat([prefix, text]);
}
