import { createPublicKey, type KeyObject } from 'node:crypto';

/** No others: with the key set public, a symmetric algorithm would let anybody sign. */
export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** NIST SP 800-131A: shorter ones are not to be trusted. */
const RSA_BITS_MIN = 2048;
const P256 = 'prime256v1'; // what OpenSSL calls it

/** Also a bound on what a stranger makes us remember. */
export const KEY_ID = /^[\w.-]{1,64}$/u;

/** A key, and the one algorithm it is good for: what a token says of its algorithm never chooses. */
export interface VerificationKey {
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Where keys of an issuer are. */
export interface KeySource {
  /** Null: the issuer has no such key. Throws PortError `token-verifier/unavailable` when that could not be found out, `/aborted`. */
  keyOf(keyId: string, signal: AbortSignal): Promise<VerificationKey | null>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Null: not a key that tokens are checked with. `stated` is the algorithm that the issuer names for it, if any. */
export function verificationKey(publicKeyPem: string, stated: string | undefined): VerificationKey | null {
  const key = createPublicKey(publicKeyPem);
  const algorithm = algorithmOf(key);
  return algorithm === null || (stated !== undefined && stated !== algorithm) ? null : { algorithm, key };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm | null {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN ? 'RS256' : null;
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === P256 ? 'ES256' : null;
}
