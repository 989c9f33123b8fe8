import type { RecordingRefusals } from '../../../src/application/ports/recording-refusals.js';
import { digitsOf } from '../../../src/domain/recording/recording.js';
import type { TenantId } from '../../../src/domain/shared/ids.js';

export class MemoryRecordingRefusals implements RecordingRefusals {
  failure: Error | null = null;
  private readonly refused = new Set<string>();

  has(tenantId: TenantId, number: string): Promise<boolean> {
    if (this.failure !== null) return Promise.reject(this.failure);
    return Promise.resolve(this.refused.has(`${tenantId} ${digitsOf(number)}`));
  }

  add(tenantId: TenantId, number: string): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (digitsOf(number) !== '') this.refused.add(`${tenantId} ${digitsOf(number)}`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
