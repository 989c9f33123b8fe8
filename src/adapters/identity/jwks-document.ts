import { JwksClient } from 'jwks-rsa';
import { KEY_ID, type VerificationKey, verificationKey } from './verification-key.js';

/** Keys with certificates take some 3 KiB each. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
const KEYS_MAX = 100;

/**
 * The keys that an issuer publishes (RFC 7517), by their id. What we cannot use is left out; of two with one id neither is taken.
 * The library reads keys; its cache and limits are not used, since they count per id: whoever made ids up would use them up for all.
 */
export async function readJwks(url: string, signal: AbortSignal): Promise<ReadonlyMap<string, VerificationKey>> {
  const client = new JwksClient({ jwksUri: url, cache: false, rateLimit: false, fetcher: (uri) => download(uri, signal) });
  const found = new Map<string, VerificationKey | null>();
  for (const signing of await client.getSigningKeys()) {
    const { kid, alg } = signing as Partial<typeof signing>; // their types promise more than a document has
    if (kid === undefined || !KEY_ID.test(kid)) continue;
    found.set(kid, found.has(kid) ? null : verificationKey(signing.getPublicKey(), alg));
  }
  const keys = new Map([...found].filter((entry): entry is [string, VerificationKey] => entry[1] !== null));
  if (keys.size === 0) throw new Error('the JWKS holds no key that tokens may be signed with');
  return keys;
}

async function download(url: string, signal: AbortSignal): Promise<{ keys: unknown[] }> {
  // Followed, a redirect could lead to where the rule about https does not look.
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/jwk-set+json, application/json', connection: 'close' } });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`the JWKS was answered with ${response.status}`);
  const document = JSON.parse(text) as unknown;
  const keys = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : null;
  if (!Array.isArray(keys)) throw new Error('the JWKS is no set of keys');
  return { keys: keys.filter((key) => typeof key === 'object' && key !== null).slice(0, KEYS_MAX) };
}

async function boundedText({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error('the JWKS is too large');
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString('utf8');
}
