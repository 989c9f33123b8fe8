import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { TenantDirectory } from '../../application/ports/tenant-directory.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { normaliseNumber } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import { TenantManagerClient, type TenantManagerClientOptions } from './tenant-manager-client.js';
import { outOfProtocol } from './tenant-manager-failure.js';
import { type LanguageWords, tenantOf, WIRE_DID, WIRE_SETTINGS, WIRE_TRUNK, type WireDid } from './tenant-manager-wire.js';

export interface HttpTenantDirectoryOptions extends TenantManagerClientOptions {
  /** Tenants whose numbers this node answers: the manager can only be asked about a tenant by name. */
  readonly served: readonly TenantId[];
  readonly words: LanguageWords;
}

interface Claim {
  readonly id: TenantId;
  readonly route: WireDid;
}

/**
 * Tenants from the tenant-manager (product.md, 5). A number is looked for in every tenant served, at the same time; when two
 * have it, the trunk the call came in by decides. Remembers nothing: wrap it in a CachedTenantDirectory.
 */
export class HttpTenantDirectory implements TenantDirectory {
  private readonly client: TenantManagerClient;

  constructor(private readonly options: HttpTenantDirectoryOptions) {
    this.client = new TenantManagerClient(options);
  }

  async findByDid(dialledNumber: string, trunk: string, signal: AbortSignal): Promise<Tenant | null> {
    const digits = normaliseNumber(dialledNumber);
    if (digits === '') return null;
    const answers = await Promise.all(this.options.served.map(async (id) => {
      const route = await this.client.get(pathOf(id, 'dids', digits), WIRE_DID, signal);
      return route === null ? [] : [{ id, route }];
    }));
    const claim = await this.decide(answers.flat(), trunk, signal);
    return claim === null ? null : this.settings(claim.id, claim.route, signal);
  }

  findById(id: TenantId, signal: AbortSignal): Promise<Tenant | null> {
    return this.settings(id, null, signal);
  }

  async list(signal: AbortSignal): Promise<readonly Tenant[]> {
    const tenants = await Promise.all(this.options.served.map((id) => this.settings(id, null, signal)));
    return tenants.filter((tenant) => tenant !== null);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async decide(claims: readonly Claim[], trunk: string, signal: AbortSignal): Promise<Claim | null> {
    const [first, ...others] = claims;
    if (first === undefined) return null;
    if (others.length === 0) return first;
    const owners = trunk === '' ? [] : (await Promise.all(claims.map(async (claim) =>
      (await this.client.get(pathOf(claim.id, 'trunks', trunk), WIRE_TRUNK, signal) === null ? [] : [claim])))).flat();
    const [owner, ...rivals] = owners;
    if (owner !== undefined && rivals.length === 0) return owner;
    throw new PortError('more than one tenant has this number, and the trunk does not tell which', { code: 'tenant-directory/ambiguous', kind: 'rejected' });
  }

  private async settings(id: TenantId, route: WireDid | null, signal: AbortSignal): Promise<Tenant | null> {
    const settings = await this.client.get(pathOf(id, 'settings'), WIRE_SETTINGS, signal);
    if (settings === null) return null;
    // Another tenant's settings would mix customers: nothing is worse.
    if (settings.tenant_id !== id) throw outOfProtocol(new Error('settings of another tenant'));
    try {
      return tenantOf(settings, route, this.options.words);
    } catch (error) {
      throw isPortError(error) ? error : outOfProtocol(error);
    }
  }
}

function pathOf(id: TenantId, ...parts: readonly string[]): string {
  return `/api/v1/tenants/${encodeURIComponent(id)}/telephony/${parts.map(encodeURIComponent).join('/')}`;
}
