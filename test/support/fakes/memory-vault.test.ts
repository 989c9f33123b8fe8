import { PortError } from '../../../src/application/ports/port-error.js';
import { digitVaultContract } from '../../contract/digit-vault.contract.js';
import { MemoryVault } from './memory-vault.js';

describe('MemoryVault', () => {
  digitVaultContract(() => {
    const vault = new MemoryVault();
    return Promise.resolve({
      vault, vaultUrl: 'https://vault.test/digits',
      taken: () => vault.entries.map(({ callId, tenantId, token, digits }) => ({ callId, tenantId, token, digits })),
      fail: (how) => { vault.failures.push(new PortError(how, { code: `vault/${how}`, kind: how })); },
      close: () => Promise.resolve(),
    });
  });
});
