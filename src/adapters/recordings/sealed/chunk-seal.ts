import { createCipheriv, createDecipheriv } from 'node:crypto';
import { tampered } from './recording-keys.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** What a piece of a recording is. Each is sealed under a number that it alone has, as its key is this recording's alone. */
export interface ChunkPlace {
  readonly kind: 'audio' | 'last' | 'last-recovered' | 'meta';
  readonly index: number;
}

export const META: ChunkPlace = { kind: 'meta', index: 0 };

const KINDS = ['audio', 'last', 'last-recovered', 'meta'] as const;

/** Seals and opens pieces of one recording; without a key it leaves them as they are. A piece in another place does not open. */
export class ChunkSeal {
  constructor(private readonly dataKey: Buffer | null) {}

  /** Bytes that sealing adds to a piece. */
  get overheadBytes(): number {
    return this.dataKey === null ? 0 : TAG_BYTES;
  }

  seal(plain: Uint8Array, place: ChunkPlace): Buffer {
    if (this.dataKey === null) return Buffer.from(plain);
    const cipher = createCipheriv(CIPHER, this.dataKey, nonceOf(place));
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws PortError `recording-store/tampered`. */
  open(sealed: Buffer, place: ChunkPlace): Buffer {
    if (this.dataKey === null) return sealed;
    if (sealed.length < TAG_BYTES) throw tampered();
    const decipher = createDecipheriv(CIPHER, this.dataKey, nonceOf(place));
    try {
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw tampered(cause);
    }
  }

  /** The last piece says so by how it is sealed: a recording that was cut short is found out. */
  openLast(sealed: Buffer, index: number): Buffer {
    try {
      return this.open(sealed, { kind: 'last', index });
    } catch {
      return this.open(sealed, { kind: 'last-recovered', index }); // one that a crash has torn ends otherwise
    }
  }
}

function nonceOf({ kind, index }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(KINDS.indexOf(kind), 0);
  nonce.writeUInt32BE(index, NONCE_BYTES - 4);
  return nonce;
}
