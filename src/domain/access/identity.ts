import type { TenantId } from '../shared/ids.js';

/** `platform` works for all tenants; the others for the tenant of their token alone. */
export const ROLES = ['viewer', 'operator', 'admin', 'platform'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as an issuer that we trust has said. Never from anything else in a request. */
export interface Identity {
  /** Who it is at the issuer: a person or a machine. */
  readonly subject: string;
  readonly role: Role;
  /** Null for `platform` alone. */
  readonly tenantId: TenantId | null;
  /** Wall clock, ISO 8601 UTC: not to be believed any more from then on. A stream that is open ends with it. */
  readonly expiresAt: string;
}

/** What an operation may need. One word for what it touches, one for what it does. */
export const PERMISSIONS = [
  'calls:read', 'calls:control', 'calls:place', 'transcripts:read', 'recordings:read', 'recordings:erase', 'subjects:erase',
  'tenants:read', 'tenants:write', 'usage:read', 'audit:read', 'tenants:list', 'tenants:govern',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: readonly Permission[] = ['calls:read', 'transcripts:read', 'tenants:read', 'usage:read'];
const OPERATOR: readonly Permission[] = [...VIEWER, 'calls:control', 'calls:place', 'recordings:read'];
const ADMIN: readonly Permission[] = [...OPERATOR, 'recordings:erase', 'subjects:erase', 'tenants:write', 'audit:read'];

/** What each role may do. Each holds all that the one before it may. */
export const GRANTS: Readonly<Record<Role, readonly Permission[]>> = { viewer: VIEWER, operator: OPERATOR, admin: ADMIN, platform: PERMISSIONS };

export function may({ role }: Pick<Identity, 'role'>, permission: Permission): boolean {
  return GRANTS[role].includes(permission);
}

/**
 * Whose things are asked for. An identity of a tenant reaches its own only, named or not; `platform` has to say whose.
 * `foreign` must look to the client as if that tenant did not exist.
 */
export function scopeOf({ tenantId }: Pick<Identity, 'tenantId'>, asked: TenantId | null): TenantId | 'foreign' | 'unnamed' {
  if (tenantId === null) return asked ?? 'unnamed';
  return asked === null || asked === tenantId ? tenantId : 'foreign';
}
