import path from 'node:path';
import type { DevelopmentIssuer } from '../adapters/identity/development-issuer.js';
import type { ClaimRules } from '../adapters/identity/token-claims.js';
import type { Config } from '../config/gateway-schema.js';
import type { Role } from '../domain/access/identity.js';
import { openRuntime } from './runtime.js';

/** The issuer of this machine, and the rules that its tokens follow. Throws PortError when its key cannot be used. */
export async function developmentIssuer({ api }: Config): Promise<{ readonly source: DevelopmentIssuer; readonly rules: ClaimRules }> {
  const { DevelopmentIssuer, DEVELOPMENT_ISSUER } = await import('../adapters/identity/development-issuer.js');
  const { issuer, audience, tenantClaim, roleClaim, tokenLifetimeMsMax: lifetimeMsMax, developmentDirectory } = api;
  return { source: await DevelopmentIssuer.open(developmentDirectory), rules: { issuer: issuer ?? DEVELOPMENT_ISSUER, audience, tenantClaim, roleClaim, lifetimeMsMax } };
}

export interface AskedToken {
  readonly subject: string;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly lifetimeMs: number;
}

export interface MadeToken {
  readonly token: string;
  /** Null, or what whoever uses it should know. */
  readonly warning: string | null;
}

/** A token that the gateway with the same settings believes. @throws Error that says what to do. */
export async function developmentToken(config: Config, asked: AskedToken): Promise<MadeToken> {
  const { development, developmentDirectory, tokenLifetimeMsMax } = config.api;
  if (!development) throw new Error('This gateway believes no tokens made here.\n  fix: set api.development: true in its settings (VG_API_DEVELOPMENT=true), on a machine for development');
  if (asked.lifetimeMs > tokenLifetimeMsMax) throw new Error(`No token may live longer than ${tokenLifetimeMsMax / 60_000} minutes.\n  fix: fewer --minutes, or raise api.tokenLifetimeMsMax`);
  const { source, rules } = await developmentIssuer(config);
  return {
    token: source.sign(asked, rules, openRuntime(config).clock),
    warning: source.made ? `A new key was made in ${path.resolve(developmentDirectory)}. A gateway that runs already, or has another directory, does not believe this token.\n  fix: ask for it where the gateway was started, or set api.developmentDirectory (VG_API_DEVELOPMENT_DIRECTORY) for both` : null,
  };
}
