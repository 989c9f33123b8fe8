import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

export interface Jwk extends JsonWebKey {
  readonly kid: string;
  readonly alg?: string;
  readonly use?: string;
}

/** A key pair of an issuer. Signs anything: what the library of the product refuses to make, too. */
export class TestKey {
  private constructor(readonly keyId: string, readonly algorithm: string, readonly privateKey: KeyObject, readonly publicKey: KeyObject) {}

  static rsa(keyId: string, modulusLength = 2048): TestKey {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    return new TestKey(keyId, 'RS256', privateKey, publicKey);
  }

  static ec(keyId: string, namedCurve = 'prime256v1'): TestKey {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    return new TestKey(keyId, 'ES256', privateKey, publicKey);
  }

  get jwk(): Jwk {
    return { ...this.publicKey.export({ format: 'jwk' }), kid: this.keyId, use: 'sig' };
  }

  get publicPem(): string {
    return this.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  }

  /** A token of those claims. `header` goes over the usual one; text takes the place of the JSON as it is. */
  token(claims: unknown, header: Readonly<Record<string, unknown>> | string = {}): string {
    const head = typeof header === 'string' ? header : JSON.stringify({ alg: this.algorithm, typ: 'JWT', kid: this.keyId, ...header });
    const input = `${base64url(head)}.${base64url(typeof claims === 'string' ? claims : JSON.stringify(claims))}`;
    return `${input}.${this.signature(input)}`;
  }

  /** base64url. */
  signature(input: string): string {
    const key = this.privateKey.asymmetricKeyType === 'ec' ? { key: this.privateKey, dsaEncoding: 'ieee-p1363' as const } : this.privateKey;
    return sign('sha256', Buffer.from(input), key).toString('base64url');
  }
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
