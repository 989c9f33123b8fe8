import { expect } from 'chai';
import type { DigitVault, SealedEntry } from '../../src/application/ports/digit-vault.js';
import { isPortError } from '../../src/application/ports/port-error.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';

export interface DigitVaultWorld {
  readonly vault: DigitVault;
  /** Where entries go that the tool takes. */
  readonly vaultUrl: string;
  /** What the tool has taken, without the address. */
  readonly taken: () => readonly Omit<SealedEntry, 'vaultUrl'>[];
  /** The next attempt is answered like this. */
  readonly fail: (how: 'unavailable' | 'rejected') => void;
  readonly close: () => Promise<void>;
}

/** The codes and kinds of what `attempt` throws. */
export async function failureOf(attempt: Promise<void>): Promise<{ readonly code: string; readonly retryable: boolean; readonly told: string }> {
  const error = await attempt.then(() => null, (thrown: unknown) => thrown);
  if (!isPortError(error)) throw new Error(`no PortError: ${String(error)}`);
  return { code: error.code, retryable: error.retryable, told: `${error.message} ${String(error.cause)} ${error.stack ?? ''}` };
}

export function digitVaultContract(open: () => Promise<DigitVaultWorld>): void {
  describe('as a vault for digits', () => {
    const { signal } = new AbortController();
    let world: DigitVaultWorld;
    const entry = (deviations: Partial<SealedEntry> = {}): SealedEntry => ({
      vaultUrl: world.vaultUrl, callId: callId('01JCTEST000000000000000001'), tenantId: tenantId('north-bank'), token: 'digits-1', digits: '4012888888881881', ...deviations,
    });
    beforeEach(async () => { world = await open(); });
    afterEach(() => world.close());

    it('hands over the digits with call, tenant and token', async () => {
      await world.vault.store(entry(), signal);
      expect(world.taken()).to.deep.equal([{ callId: '01JCTEST000000000000000001', tenantId: 'north-bank', token: 'digits-1', digits: '4012888888881881' }]);
    });

    it('says that asking again may help when the tool is not there for the moment', async () => {
      world.fail('unavailable');
      expect(await failureOf(world.vault.store(entry(), signal))).to.include({ code: 'vault/unavailable', retryable: true });
      await world.vault.store(entry(), signal);
      expect(world.taken()).to.have.length(1);
    });

    it('says that it will not when the tool refuses, and tells no digit of it', async () => {
      world.fail('rejected');
      const failure = await failureOf(world.vault.store(entry(), signal));
      expect(failure).to.include({ code: 'vault/rejected', retryable: false });
      expect(failure.told).to.not.contain('4012');
    });

    it('sends nothing where it would be read on the way', async () => {
      for (const vaultUrl of ['http://payments.example.com/digits', 'http://10.0.0.1/', 'http://127.0.0.1.example.com/', 'ftp://127.0.0.1/', 'nonsense']) {
        expect(await failureOf(world.vault.store(entry({ vaultUrl }), signal)), vaultUrl).to.include({ code: 'vault/insecure', retryable: false });
      }
      expect(world.taken()).to.deep.equal([]);
    });

    it('gives up with its signal', async () => {
      expect(await failureOf(world.vault.store(entry(), AbortSignal.abort()))).to.include({ code: 'vault/aborted', retryable: false });
    });
  });
}
