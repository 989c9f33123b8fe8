import type { TenantId } from '../../domain/shared/ids.js';
import type { Tenant } from '../../domain/tenant/tenant.js';

/** Who a number belongs to. Unknown is `null`; PortError `tenant-directory/*` means that we could not find out. */
export interface TenantDirectory {
  /** Numbers are compared by their digits (see `normaliseNumber`). `trunk` may narrow the search. */
  findByDid(dialledNumber: string, trunk: string, signal: AbortSignal): Promise<Tenant | null>;
  findById(id: TenantId, signal: AbortSignal): Promise<Tenant | null>;
  /** All tenants this node serves, for warming prompts; may be empty where the directory cannot list. */
  list(signal: AbortSignal): Promise<readonly Tenant[]>;
  close(): Promise<void>;
}
