import { createHash } from 'node:crypto';
import type { VerificationKey } from './verification-key.js';

/** About 1 kB each. */
const TOKENS_MAX = 1000;

interface Good {
  readonly key: VerificationKey;
  readonly claims: unknown;
}

/**
 * Tokens whose signature was good: the same bytes are good again while the issuer still has the same key. Clients send one token for
 * minutes, and a signature costs more than most answers. Only the signature is remembered: times and rules are looked at each time.
 */
export class GoodSignatures {
  private readonly tokens = new Map<string, Good>();

  /** Undefined: not known. */
  claimsOf(token: string, key: VerificationKey): unknown {
    const good = this.tokens.get(digestOf(token));
    return good?.key === key ? good.claims : undefined;
  }

  /** The oldest make room. */
  keep(token: string, good: Good): void {
    const digest = digestOf(token);
    this.tokens.delete(digest);
    this.tokens.set(digest, good);
    for (const [oldest] of this.tokens) {
      if (this.tokens.size <= TOKENS_MAX) return;
      this.tokens.delete(oldest);
    }
  }
}

/** A dump of this process shows no token because of us. */
function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
