import type { DigitVault, SealedEntry } from '../../../src/application/ports/digit-vault.js';
import { PortError } from '../../../src/application/ports/port-error.js';

/** A payment tool in memory. */
export class MemoryVault implements DigitVault {
  readonly entries: SealedEntry[] = [];
  /** Thrown by the next attempts, in order. */
  readonly failures: PortError[] = [];
  attempts = 0;

  // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing, as the port says
  async store(entry: SealedEntry, signal: AbortSignal): Promise<void> {
    this.attempts += 1;
    if (!entry.vaultUrl.startsWith('https://') && !entry.vaultUrl.startsWith('http://127.0.0.1:')) throw new PortError('card data goes by https only', { code: 'vault/insecure', kind: 'rejected' });
    if (signal.aborted) throw new PortError('given up', { code: 'vault/aborted', kind: 'unavailable', retryable: false });
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.entries.push(entry);
  }
}
