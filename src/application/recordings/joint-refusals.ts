import type { TenantId } from '../../domain/shared/ids.js';
import type { RecordingRefusals } from '../ports/recording-refusals.js';

/** Several memories as one: a refusal that any of them knows counts, and none is asked in vain: when one cannot say, nobody can. */
export class JointRefusals implements RecordingRefusals {
  constructor(private readonly memories: readonly RecordingRefusals[]) {}

  async has(tenantId: TenantId, number: string, signal: AbortSignal): Promise<boolean> {
    return (await Promise.all(this.memories.map((memory) => memory.has(tenantId, number, signal)))).includes(true);
  }

  /** Each is tried even when one fails. */
  async add(tenantId: TenantId, number: string, signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(this.memories.map((memory) => memory.add(tenantId, number, signal)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async close(): Promise<void> {
    await Promise.all(this.memories.map((memory) => memory.close()));
  }
}
