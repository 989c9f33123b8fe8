import type { ClaimRules } from '../../../src/adapters/identity/token-claims.js';

export const RULES: ClaimRules = { issuer: 'https://login.example.com/', audience: 'voice-gateway', tenantClaim: 'tenant_id', roleClaim: 'role', lifetimeMsMax: 900_000 };

/** Claims of a good token, one line per deviation. */
export function someClaims(nowSeconds: number, deviations: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iss: RULES.issuer, aud: RULES.audience, sub: 'ada@example.com', iat: nowSeconds, exp: nowSeconds + 600, tenant_id: 'north-bank', role: 'admin', ...deviations,
  };
}
