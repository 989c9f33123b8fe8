import { expect } from 'chai';
import { SecureDigits } from '../../../src/application/conversation/secure-digits.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { MemoryVault } from '../../support/fakes/memory-vault.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const CARD = '4012888888881881';
const away = (): PortError => new PortError('away', { code: 'vault/unavailable', kind: 'unavailable' });

class Till {
  readonly vault = new MemoryVault();
  readonly clock = new VirtualClock();
  readonly log = new RecordingLogger();
  readonly digits: SecureDigits;

  constructor(vaultUrl: string | null = 'https://vault.test/digits') {
    this.digits = new SecureDigits({ vault: this.vault, clock: this.clock, log: this.log, vaultUrl, callId: callId('call-1'), tenantId: tenantId('north-bank'), ids: new SequentialIds() });
  }

  /** What is left here and in the log when all is done. */
  get remains(): string {
    return JSON.stringify([...(this.digits as unknown as { outcomes: Map<number, unknown> }).outcomes.values()]) + JSON.stringify(this.log.lines);
  }
}

describe('SecureDigits', () => {
  it('hands the digits to the vault and tells the agent the token, how many there were, and the last four of a card', async () => {
    const { digits, vault } = new Till();
    digits.seal(2, CARD);
    const told = await digits.told(2, true);
    expect(vault.entries).to.have.length(1);
    expect(vault.entries[0]).to.include({ callId: 'call-1', tenantId: 'north-bank', digits: CARD, token: told.token });
    expect(told).to.deep.include({ kind: 'sealed-digits', length: 16, lastFour: '1881', complete: true, failure: null });
    expect(told.token).to.not.contain('4012');
  });

  it('tells no digit of what is no card number, such as its code', async () => {
    const { digits } = new Till();
    digits.seal(2, '123');
    expect(await digits.told(2, true)).to.include({ length: 3, lastFour: null });
  });

  it('gives each entry a token of its own, and the same one each time it is asked', async () => {
    const { digits } = new Till();
    digits.seal(2, CARD);
    digits.seal(3, '123');
    const [first, again, second] = [await digits.told(2, true), await digits.told(2, true), await digits.told(3, true)];
    expect(again.token).to.equal(first.token);
    expect(second.token).to.not.equal(first.token);
  });

  it('tries three times with the same token', async () => {
    const till = new Till();
    till.vault.failures.push(away(), away());
    till.digits.seal(2, CARD);
    const told = till.digits.told(2, true);
    await till.clock.run(1000);
    expect(await told).to.include({ failure: null });
    expect(till.vault.attempts).to.equal(3);
  });

  it('drops them when the vault does not take them, and says so to the agent and the operators', async () => {
    const till = new Till();
    till.vault.failures.push(new PortError('no', { code: 'vault/rejected', kind: 'rejected' }));
    till.digits.seal(2, CARD);
    expect(await till.digits.told(2, true)).to.include({ token: null, failure: 'not-stored', length: 16 });
    expect(till.log.lines.at(-1)).to.deep.include({ level: 'error', fields: { code: 'vault/rejected', vaultUrl: 'https://vault.test' } });
    expect(till.remains).to.not.contain('4012');
  });

  it('holds them for five seconds, not longer', async () => {
    const till = new Till();
    till.vault.store = () => new Promise(() => undefined);
    till.digits.seal(2, CARD);
    const told = till.digits.told(2, true);
    await till.clock.run(5001);
    expect(await told).to.include({ token: null, failure: 'not-stored' });
    expect(till.log.lines.at(-1)?.fields).to.include({ code: 'vault/timeout' });
  });

  it('drops them at once without a vault, and says that it is not possible', async () => {
    const till = new Till(null);
    till.digits.seal(2, CARD);
    expect(await till.digits.told(2, true)).to.include({ token: null, failure: 'not-possible' });
    expect(till.log.messages('error')).to.deep.equal(['secure digits were asked for and the agent profile has no pci.vaultUrl: they are dropped']);
    expect(till.vault.attempts).to.equal(0);
  });

  it('says that they are gone when another process had them', async () => {
    expect(await new Till().digits.told(7, true)).to.include({ token: null, failure: 'expired' });
  });

  it('gives up when the call ends, and leaves no timer', async () => {
    const till = new Till();
    till.vault.failures.push(away(), away(), away());
    till.digits.seal(2, CARD);
    await till.clock.settle();
    await till.digits.close();
    expect(await till.digits.told(2, true)).to.include({ failure: 'not-stored' });
    expect(till.clock.pending).to.equal(0);
  });
});
