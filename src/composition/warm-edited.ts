import type { Logger } from '../application/ports/logger.js';
import type { TenantDirectory } from '../application/ports/tenant-directory.js';
import type { TenantId } from '../domain/shared/ids.js';
import type { Speech } from './speech.js';

export interface WarmEditedParts {
  readonly directory: Pick<TenantDirectory, 'findById'>;
  readonly speech: Pick<Speech, 'warm'>;
  readonly logger: Logger;
}

/**
 * Warms the words and ears of tenants that were changed while the gateway runs, one tenant at a time: their first caller would else wait for
 * the greeting. A tenant that changes again meanwhile is warmed once more; what waits is never more than there are tenants.
 */
export class WarmEdited {
  private readonly waiting = new Set<TenantId>();
  private readonly closing = new AbortController();
  private working: Promise<void> | null = null;
  private parts: WarmEditedParts | null = null;

  /** From now on; what changed before is warmed by the start. */
  begin(parts: WarmEditedParts): void {
    this.parts = parts;
    this.waiting.clear();
  }

  add(tenantIds: readonly TenantId[]): void {
    const { parts } = this;
    if (parts === null || this.closing.signal.aborted) return;
    for (const id of tenantIds) this.waiting.add(id);
    if (this.waiting.size === 0) return;
    this.working ??= this.work(parts).finally(() => {
      this.working = null;
      this.add([]); // what came as the last one was done
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.working;
  }

  private async work({ directory, speech, logger }: WarmEditedParts): Promise<void> {
    const { signal } = this.closing;
    await Promise.resolve(); // `working` is set by then
    for (const id of this.waiting) {
      if (signal.aborted) return;
      this.waiting.delete(id);
      try {
        const tenant = await directory.findById(id, signal);
        if (tenant !== null) await speech.warm([tenant], signal);
      } catch (error) {
        if (!this.closing.signal.aborted) logger.warn('an edited tenant could not be warmed: its first callers wait longer', { tenantId: id }, error);
      }
    }
  }
}
