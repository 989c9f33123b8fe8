import { type Identity, type Role, ROLES } from '../../domain/access/identity.js';
import { TENANT_ID, tenantId, type TenantId } from '../../domain/shared/ids.js';
import { Refusal } from './refusal.js';

/** Clocks differ. */
export const SKEW_SECONDS = 30;
/** No control, format or space characters: it goes into the audit trail and logs. */
const SUBJECT = /^[^\p{C}\p{Z}]{1,255}$/u;

export interface ClaimRules {
  readonly issuer: string;
  /** Ours and no other: a token for several services may be replayed by any of them. */
  readonly audience: string;
  /** Names of the claims that hold them. */
  readonly tenantClaim: string;
  readonly roleClaim: string;
  /** From `iat` to `exp`. */
  readonly lifetimeMsMax: number;
}

/** Who a token with a good signature is about. All that is wanted must be there, with the right type. Throws Refusal. */
export function identityOf(claims: unknown, rules: ClaimRules, nowSeconds: number): Identity {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Refusal('malformed');
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? (claims as Record<string, unknown>)[name] : undefined);
  if (claim('iss') !== rules.issuer) throw new Refusal('issuer');
  if (!isFor(claim('aud'), rules.audience)) throw new Refusal('audience');
  const expiresAtSeconds = expiryOf(claim, rules, nowSeconds);
  const subject = claim('sub');
  if (typeof subject !== 'string' || !SUBJECT.test(subject)) throw new Refusal('subject');
  const role = ROLES.find((known) => known === claim(rules.roleClaim));
  if (role === undefined) throw new Refusal('role');
  return { subject, role, tenantId: tenantOf(claim(rules.tenantClaim), role), expiresAt: new Date((expiresAtSeconds + SKEW_SECONDS) * 1000).toISOString() };
}

function isFor(audience: unknown, ours: string): boolean {
  return audience === ours || (Array.isArray(audience) && audience.length === 1 && audience[0] === ours);
}

function expiryOf(claim: (name: string) => unknown, { lifetimeMsMax }: ClaimRules, nowSeconds: number): number {
  const [exp, iat, nbf] = [claim('exp'), claim('iat'), claim('nbf')];
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf))) throw new Refusal('time');
  if (nowSeconds >= exp + SKEW_SECONDS) throw new Refusal('time');
  if (iat > nowSeconds + SKEW_SECONDS || (nbf !== undefined && nbf > nowSeconds + SKEW_SECONDS)) throw new Refusal('time');
  if (exp <= iat || (exp - iat) * 1000 > lifetimeMsMax) throw new Refusal('lifetime');
  return exp;
}

/** Up to year 9999: later ones have no ISO form of the usual length. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 253_402_300_000;
}

/** A token for all tenants names none: one that says both was made by mistake, and nobody knows which half is. */
function tenantOf(claimed: unknown, role: Role): TenantId | null {
  if (role === 'platform') {
    if (claimed !== undefined && claimed !== null) throw new Refusal('tenant');
    return null;
  }
  if (typeof claimed !== 'string' || !TENANT_ID.test(claimed)) throw new Refusal('tenant');
  return tenantId(claimed);
}
