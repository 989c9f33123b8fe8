import { expect } from 'chai';
import { HttpDigitVault } from '../../../src/adapters/vault/http-digit-vault.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { digitVaultContract, failureOf } from '../../contract/digit-vault.contract.js';
import { VaultServer } from '../../support/servers/vault-server.js';

describe('HttpDigitVault', () => {
  digitVaultContract(async () => {
    const server = await VaultServer.start();
    const vault = new HttpDigitVault();
    return {
      vault, vaultUrl: server.url,
      taken: () => server.requests.map(({ body }) => ({ callId: callId(body.call_id), tenantId: tenantId(body.tenant_id), token: body.token, digits: body.digits })),
      fail: (how) => { server.next.push(how === 'unavailable' ? 503 : 422); },
      close: async () => { await vault.close(); await server.stop(); },
    };
  });

  describe('over http', () => {
    let server: VaultServer;
    let vault: HttpDigitVault;
    const store = (vaultUrl = server.url): Promise<void> => vault.store({ vaultUrl, callId: callId('c'), tenantId: tenantId('t'), token: 'digits-7', digits: '123' }, new AbortController().signal);
    beforeEach(async () => { server = await VaultServer.start(); vault = new HttpDigitVault(); });
    afterEach(async () => { await vault.close(); await server.stop(); });

    it('posts, and names the entry, so that one that comes twice is taken once', async () => {
      await store();
      expect(server.requests.at(-1)).to.include({ method: 'POST', idempotencyKey: 'digits-7' });
    });

    it('follows nobody elsewhere', async () => {
      server.next.push(307);
      expect(await failureOf(store())).to.include({ code: 'vault/rejected', retryable: false });
    });

    it('does not wait for ever', async () => {
      server.next.push('hang');
      expect(await failureOf(store())).to.include({ code: 'vault/timeout', retryable: true });
    });

    it('tells when nobody listens', async () => {
      expect(await failureOf(store('http://127.0.0.1:1/'))).to.include({ code: 'vault/unavailable', retryable: true });
    });
  });
});
