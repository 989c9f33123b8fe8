import { Refusal } from './refusal.js';
import { type Algorithm, ALGORITHMS, KEY_ID } from './verification-key.js';

/** A token of ours has some 600; issuers that list groups make them long. */
const TOKEN_CHARACTERS_MAX = 8192;
/** RFC 7515 7.1, to the letter: a decoder that skips what it does not know would take two texts for one token. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/u;
const HEADER_BYTES_MAX = 1024;
/** A key named or brought by the token itself, or what we would have to understand and do not (RFC 7515 4.1). */
const FORBIDDEN = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'p2s', 'p2c', 'epk'];
/** RFC 7519 5.1 and RFC 9068; without one it may be a token of an issuer that names none. Others are made for something else. */
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];
const STRING = /"(?:[^"\\]|\\.)*"/gu;

export interface TokenHeader {
  readonly keyId: string;
  readonly algorithm: Algorithm;
}

/** Looked at before any key is asked for and before any library sees the token. Throws Refusal. */
export function headerOf(token: string): TokenHeader {
  if (token.length > TOKEN_CHARACTERS_MAX || !COMPACT.test(token)) throw new Refusal('malformed');
  const { alg, kid, typ } = flatObject(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url'));
  const algorithm = ALGORITHMS.find((known) => known === alg);
  if (algorithm === undefined) throw new Refusal('algorithm');
  if (typ !== undefined && !TYPES.includes(typ.toLowerCase())) throw new Refusal('header');
  if (kid === undefined || !KEY_ID.test(kid)) throw new Refusal('key');
  return { keyId: kid, algorithm };
}

/** An object of strings, each name once: of a name given twice two readers may take two values. */
function flatObject(bytes: Buffer): Readonly<Record<string, string | undefined>> {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    if (bytes.length <= HEADER_BYTES_MAX) value = JSON.parse(text);
  } catch {
    throw new Refusal('malformed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal('malformed');
  const entries = Object.entries(value as Record<string, string>);
  if (entries.some(([name, held]) => FORBIDDEN.includes(name) || typeof held !== 'string')) throw new Refusal('header');
  if ((text.match(STRING) ?? []).length !== 2 * entries.length) throw new Refusal('header');
  return Object.fromEntries(entries);
}
