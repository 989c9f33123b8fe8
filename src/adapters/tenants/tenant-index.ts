import type { TenantId } from '../../domain/shared/ids.js';
import { normaliseNumber } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';

/** One thing wrong with a tenant file, and what to do about it. */
export interface TenantFileFault {
  readonly source: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly fix: string;
}

export interface TenantIndex {
  readonly tenants: readonly Tenant[];
  readonly byId: ReadonlyMap<TenantId, Tenant>;
  /** By digits. */
  readonly byNumber: ReadonlyMap<string, Tenant>;
  readonly faults: readonly TenantFileFault[];
}

/** Who is who. A number or id belongs to the first file that has it; a later claimant keeps what else it has, and it is told. */
export function indexTenants(files: readonly { readonly file: string; readonly tenant: Tenant }[]): TenantIndex {
  const byId = new Map<TenantId, Tenant>();
  const byNumber = new Map<string, Tenant>();
  const faults: TenantFileFault[] = [];
  for (const { file, tenant } of files) {
    const fault = (message: string, fix: string): void => { faults.push({ source: file, line: null, column: null, message, fix }); };
    if (byId.has(tenant.id)) { fault(`another file is tenant ${tenant.id} already`, 'give the tenant an id of its own, or remove one of the files'); continue; }
    byId.set(tenant.id, tenant);
    for (const [position, { number }] of tenant.dids.entries()) {
      const digits = normaliseNumber(number);
      const owner = byNumber.get(digits);
      if (owner === undefined) byNumber.set(digits, tenant);
      else if (owner !== tenant) fault(`dids[${position}] of ${tenant.id} belongs to ${owner.id} already and stays there`, `give ${tenant.id} another number, or take this one from ${owner.id}`);
    }
  }
  return { tenants: [...byId.values()], byId, byNumber, faults };
}
