import type { CallRepository, CallStep, StoredCall, Testimony } from '../../../application/ports/call-repository.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { Metrics } from '../../../application/ports/metrics.js';
import { isPortError } from '../../../application/ports/port-error.js';
import type { CallId, TenantId } from '../../../domain/shared/ids.js';
import { Resynchronisation, type ResynchronisationOptions } from './resynchronisation.js';

export interface RefugeOptions extends ResynchronisationOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Shared state that may go away: then the steps of this node's calls go to memory, nothing waits for the time-out of a server
 * that is known to be away, and when it is back all is brought there in order. A call whose steps still wait keeps to memory
 * until they are stored; the others use the shared store as soon as it answers.
 */
export class RefugeCallRepository implements CallRepository {
  private readonly resynchronisation: Resynchronisation;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: RefugeOptions) {
    this.resynchronisation = new Resynchronisation(options);
  }

  /** True while anything is kept here that shared state does not have, or may not have. */
  get active(): boolean {
    return this.resynchronisation.active;
  }

  /** Shared state cannot be asked: of the calls of other nodes nothing is known. */
  get away(): boolean {
    return this.resynchronisation.away;
  }

  /** For people. */
  get status(): string {
    if (!this.active) return 'shared';
    return this.away ? 'in memory: shared state is away' : 'shared state is being brought up to date';
  }

  async save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    const { shared, twin } = this.options;
    const { callId, fence } = step.record;
    if (!this.resynchronisation.keeps(callId)) {
      const version = await this.orAway(() => shared.save(step, expectedVersion, signal));
      if (version !== null) {
        twin.mirror({ record: step.record, version });
        return version;
      }
    }
    return this.resynchronisation.keep(callId, async (waits) => {
      const version = await twin.save(step, expectedVersion, signal);
      waits(fence, step.events);
      return version;
    });
  }

  async append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void> {
    const { shared, twin } = this.options;
    for (const testimony of testimonies) {
      const { callId, fence, events } = testimony;
      if (!this.resynchronisation.keeps(callId) && await this.orAway(async () => { await shared.append([testimony], signal); return true; }) !== null) continue;
      await this.resynchronisation.keep(callId, async (waits) => {
        await twin.append([testimony], signal);
        waits(fence, events);
      });
    }
  }

  async find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    const { shared, twin } = this.options;
    if (this.resynchronisation.keeps(callId)) return twin.find(callId, signal);
    const found = await this.orAway(async () => ({ stored: await shared.find(callId, signal) }));
    return found === null ? twin.find(callId, signal) : found.stored;
  }

  /** While anything waits, the calls of this node alone: shared state may still hold some that have ended here. */
  async findLive(filter: { readonly tenantId?: TenantId; readonly ownerNode?: string }, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    const { shared, twin } = this.options;
    const found = this.active ? null : await this.orAway(() => shared.findLive(filter, limit, signal));
    return found ?? twin.findLive(filter, limit, signal);
  }

  async touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    const { shared, twin } = this.options;
    await twin.touch(callIds, signal);
    if (!this.resynchronisation.away) await this.orAway(async () => { await shared.touch(callIds, signal); return true; });
  }

  /** Brings what waits to shared state if it answers, and to the disk if not. Bounded. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    await this.resynchronisation.close();
    await this.options.twin.close();
    await this.options.shared.close();
  }

  /** Null: shared state is away. Throws what it says otherwise. */
  private async orAway<Result>(act: () => Promise<Result>): Promise<Result | null> {
    try {
      return await act();
    } catch (error) {
      if (!meansAway(error)) throw error;
      this.resynchronisation.lose(error);
      return null;
    }
  }
}

/** The server could not be reached or did not answer: not that it refused, nor that nobody wants the answer any more. */
export function meansAway(error: unknown): boolean {
  return isPortError(error) && error.retryable && (error.kind === 'timeout' || error.kind === 'unavailable');
}
