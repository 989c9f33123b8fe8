import jwt from 'jsonwebtoken';
import type { Clock } from '../../application/ports/clock.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { PortError } from '../../application/ports/port-error.js';
import type { TokenVerifier } from '../../application/ports/token-verifier.js';
import type { Identity } from '../../domain/access/identity.js';
import { GoodSignatures } from './good-signatures.js';
import { Refusal } from './refusal.js';
import { type ClaimRules, identityOf, SKEW_SECONDS } from './token-claims.js';
import { headerOf } from './token-header.js';
import type { KeySource, VerificationKey } from './verification-key.js';

export interface JwtTokenVerifierOptions {
  /** Closed with the verifier. */
  readonly keys: KeySource;
  readonly rules: ClaimRules;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Tokens are JWTs (RFC 7519), signed with RS256 or ES256, checked as RFC 8725 asks: form, then key, then signature, then claims. */
export class JwtTokenVerifier implements TokenVerifier {
  private readonly good = new GoodSignatures();

  constructor(private readonly options: JwtTokenVerifierOptions) {}

  async verify(token: string, signal: AbortSignal): Promise<Identity> {
    const { keys, rules, metrics } = this.options;
    try {
      const { keyId, algorithm } = headerOf(token);
      const key = await keys.keyOf(keyId, signal);
      if (key === null) throw new Refusal('key');
      if (key.algorithm !== algorithm) throw new Refusal('algorithm');
      const known = this.good.claimsOf(token, key);
      const claims = known ?? this.signed(token, key);
      const identity = identityOf(claims, rules, this.nowSeconds());
      if (known === undefined) this.good.keep(token, { key, claims });
      return identity;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      metrics.count('api_tokens_refused_total', { reason: error.reason });
      throw new PortError(error.message, { code: 'token-verifier/refused', kind: 'rejected', cause: error });
    }
  }

  close(): Promise<void> {
    return this.options.keys.close();
  }

  /** The library looks at what it knows of too: two pairs of eyes, when a token is first seen. */
  private signed(token: string, { key, algorithm }: VerificationKey): unknown {
    const { issuer, audience } = this.options.rules;
    try {
      return jwt.verify(token, key, { algorithms: [algorithm], issuer, audience, clockTolerance: SKEW_SECONDS, clockTimestamp: this.nowSeconds(), complete: false });
    } catch (cause) {
      throw new Refusal(reasonOf(cause));
    }
  }

  private nowSeconds(): number {
    return Math.floor(Date.parse(this.options.clock.wallTime()) / 1000);
  }
}

function reasonOf(cause: unknown): Refusal['reason'] {
  if (cause instanceof jwt.TokenExpiredError || cause instanceof jwt.NotBeforeError) return 'time';
  const message = cause instanceof Error ? cause.message : '';
  if (message.startsWith('jwt issuer')) return 'issuer';
  if (message.startsWith('jwt audience')) return 'audience';
  return message.startsWith('invalid exp') || message.startsWith('invalid nbf') ? 'time' : 'signature';
}
