import { PortError } from '../../../src/application/ports/port-error.js';
import type { TenantDirectory } from '../../../src/application/ports/tenant-directory.js';
import type { TenantId } from '../../../src/domain/shared/ids.js';
import { normaliseNumber } from '../../../src/domain/tenant/routing.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';

/** Tenants as the test has them. */
export class MemoryTenantDirectory implements TenantDirectory {
  /** Every question fails with it while set. */
  failure: PortError | null = null;
  /** Questions asked so far. */
  asked = 0;
  closed = false;

  constructor(public tenants: readonly Tenant[]) {}

  findByDid(dialledNumber: string, _trunk: string, signal: AbortSignal): Promise<Tenant | null> {
    const digits = normaliseNumber(dialledNumber);
    return this.answer(signal, () => this.tenants.find((tenant) => tenant.dids.some(({ number }) => normaliseNumber(number) === digits)) ?? null);
  }

  findById(id: TenantId, signal: AbortSignal): Promise<Tenant | null> {
    return this.answer(signal, () => this.tenants.find((tenant) => tenant.id === id) ?? null);
  }

  list(signal: AbortSignal): Promise<readonly Tenant[]> {
    return this.answer(signal, () => this.tenants);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private async answer<Result>(signal: AbortSignal, find: () => Result): Promise<Result> {
    this.asked += 1;
    await Promise.resolve();
    if (this.closed) throw new PortError('closed', { code: 'tenant-directory/closed', kind: 'unavailable', retryable: false });
    if (signal.aborted) throw new PortError('aborted', { code: 'tenant-directory/aborted', kind: 'timeout', retryable: false });
    if (this.failure !== null) throw this.failure;
    return find();
  }
}
