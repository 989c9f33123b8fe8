import jwt from 'jsonwebtoken';
import type { Clock } from '../../application/ports/clock.js';
import type { Role } from '../../domain/access/identity.js';
import { type DevelopmentKey, openDevelopmentKey } from './development-key.js';
import type { ClaimRules } from './token-claims.js';
import type { KeySource, VerificationKey } from './verification-key.js';

/** Written into tokens as `iss` where configuration names no issuer. */
export const DEVELOPMENT_ISSUER = 'voice-gateway-development';

export interface DevelopmentToken {
  readonly subject: string;
  readonly role: Role;
  /** Null for `platform` alone. */
  readonly tenantId: string | null;
  readonly lifetimeMs: number;
}

/** Stands for the identity provider on a developer's machine. Whoever reads its key may do everything: never in production. */
export class DevelopmentIssuer implements KeySource {
  private constructor(private readonly key: DevelopmentKey) {}

  /** Throws PortError `token-verifier/no-development-key`. */
  static async open(directory: string): Promise<DevelopmentIssuer> {
    return new DevelopmentIssuer(await openDevelopmentKey(directory));
  }

  /** Whether its key was made when it was opened. */
  get made(): boolean {
    return this.key.made;
  }

  /** A token that a gateway with the same directory and rules believes. */
  sign({ subject, role, tenantId, lifetimeMs }: DevelopmentToken, { issuer, audience, tenantClaim, roleClaim }: ClaimRules, clock: Clock): string {
    const { privateKey, keyId } = this.key;
    const issuedAt = Math.floor(Date.parse(clock.wallTime()) / 1000);
    return jwt.sign({
      iss: issuer, aud: audience, sub: subject, iat: issuedAt, exp: issuedAt + Math.floor(lifetimeMs / 1000), [roleClaim]: role, ...(tenantId === null ? {} : { [tenantClaim]: tenantId }),
    }, privateKey, { algorithm: 'ES256', keyid: keyId });
  }

  keyOf(keyId: string): Promise<VerificationKey | null> {
    return Promise.resolve(keyId === this.key.keyId ? this.key.verification : null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
