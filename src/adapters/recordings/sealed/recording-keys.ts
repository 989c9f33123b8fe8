import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { PortError } from '../../../application/ports/port-error.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** The key of one recording's audio, and the same as the file holds it: sealed by a master key. */
export interface WrappedKey {
  readonly keyId: string;
  /** base64: nonce, key, tag. */
  readonly wrapped: string;
}

/** Master keys: the first seals what is new, all of them open what is there, so that keys can be rotated. */
export class RecordingKeys {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly newest: string;

  /**
   * @param text 32 bytes in base64, several with commas between.
   * @throws Error that names the fault, not the key.
   */
  constructor(text: string) {
    const keys = text.split(',').map((part) => Buffer.from(part.trim(), 'base64'));
    for (const [index, key] of keys.entries()) {
      if (key.length !== KEY_BYTES) throw new Error(`recordings.keys: key ${index + 1} has ${key.length} bytes, it needs ${KEY_BYTES} in base64 (openssl rand -base64 32)`);
    }
    this.keys = new Map(keys.map((key) => [idOf(key), key]));
    this.newest = idOf(keys[0] ?? Buffer.alloc(0));
  }

  wrapNew(): { readonly dataKey: Buffer; readonly wrapped: WrappedKey } {
    const dataKey = randomBytes(KEY_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key(this.newest), nonce);
    const sealed = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    return { dataKey, wrapped: { keyId: this.newest, wrapped: sealed.toString('base64') } };
  }

  /** @throws PortError `recording-store/unreadable` without its master key, `recording-store/tampered`. */
  unwrap({ keyId, wrapped }: WrappedKey): Buffer {
    const bytes = Buffer.from(wrapped, 'base64');
    const decipher = createDecipheriv(CIPHER, this.key(keyId), bytes.subarray(0, NONCE_BYTES));
    try {
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw tampered(cause);
    }
  }

  /** A key for another purpose, the same on every node with the same first key. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.key(this.newest), '', purpose, KEY_BYTES));
  }

  private key(keyId: string): Buffer {
    const key = this.keys.get(keyId);
    if (key === undefined) throw unreadable();
    return key;
  }
}

export function unreadable(): PortError {
  return new PortError('the key of this recording is not here', { code: 'recording-store/unreadable', kind: 'rejected' });
}

export function tampered(cause?: unknown): PortError {
  return new PortError('a recording is not what was written', { code: 'recording-store/tampered', kind: 'protocol', ...(cause === undefined ? {} : { cause }) });
}

function idOf(key: Buffer): string {
  return createHash('sha256').update('voice-gateway recording key').update(key).digest('hex').slice(0, 12);
}
