import { MemoryCallRepository } from '../../../../src/adapters/state/memory/memory-call-repository.js';
import type { CallStep, StoredCall, Testimony } from '../../../../src/application/ports/call-repository.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import type { CallId } from '../../../../src/domain/shared/ids.js';

/** Shared state that the test takes away. */
export class FragileRepository extends MemoryCallRepository {
  away = false;
  /** The next writes happen, but their answer is lost. */
  ghosts = 0;
  asked = 0;

  probe = (): Promise<void> => (this.away ? Promise.reject(gone()) : Promise.resolve());

  override async save(step: CallStep, expectedVersion: number, signal: AbortSignal): Promise<number> {
    this.reach();
    return this.lost(await super.save(step, expectedVersion, signal));
  }

  override async append(testimonies: readonly Testimony[], signal: AbortSignal): Promise<void> {
    this.reach();
    await super.append(testimonies, signal);
    this.lost(null);
  }

  override async find(callId: CallId, signal: AbortSignal): Promise<StoredCall | null> {
    this.reach();
    return super.find(callId, signal);
  }

  override async findLive(filter: object, limit: number, signal: AbortSignal): Promise<readonly StoredCall[]> {
    this.reach();
    return super.findLive(filter, limit, signal);
  }

  override async touch(callIds: readonly CallId[], signal: AbortSignal): Promise<void> {
    this.reach();
    return super.touch(callIds, signal);
  }

  private reach(): void {
    this.asked += 1;
    if (this.away) throw gone();
  }

  private lost<Result>(result: Result): Result {
    if (this.ghosts === 0) return result;
    this.ghosts -= 1;
    throw new PortError('no answer', { code: 'call-repository/timeout', kind: 'timeout' });
  }
}

function gone(): PortError {
  return new PortError('away', { code: 'call-repository/unavailable', kind: 'unavailable' });
}
