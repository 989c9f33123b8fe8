import { createHash } from 'node:crypto';
import type { TenantId } from '../../domain/shared/ids.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import type { TenantIndex } from './tenant-index.js';

/** A tenant that is other than before. */
export interface TenantChange {
  readonly tenantId: TenantId;
  /** SHA-256 (hex) of all its settings; null: it was not there. */
  readonly before: string | null;
  /** Null: it is gone. */
  readonly after: string | null;
}

export function tenantChanges(before: TenantIndex, after: TenantIndex): readonly TenantChange[] {
  const ids = new Set([...before.byId.keys(), ...after.byId.keys()]);
  return [...ids].flatMap((tenantId) => {
    const [old, now] = [before.byId.get(tenantId), after.byId.get(tenantId)];
    if (old === now) return [];
    const change = { tenantId, before: digestOf(old), after: digestOf(now) };
    return change.before === change.after ? [] : [change];
  });
}

function digestOf(tenant: Tenant | undefined): string | null {
  return tenant === undefined ? null : createHash('sha256').update(JSON.stringify(tenant)).digest('hex');
}
