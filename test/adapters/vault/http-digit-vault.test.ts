import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { HttpDigitVault } from '../../../src/adapters/vault/http-digit-vault.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { digitVaultContract, failureOf } from '../../contract/digit-vault.contract.js';
import { TestAuthority } from '../../support/tls/certificates.js';
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

    it('shows its token to the origin that it is for, and to no other', async () => {
      const other = await VaultServer.start();
      const logins = new HttpDigitVault(new Map([[new URL(server.url).origin, { token: 'vault-token', cert: null, key: null, ca: null }]]));
      try {
        for (const vaultUrl of [server.url, other.url]) await logins.store({ vaultUrl, callId: callId('c'), tenantId: tenantId('t'), token: 'digits-7', digits: '123' }, new AbortController().signal);
        expect([server.requests.at(-1)?.authorization, other.requests.at(-1)?.authorization]).to.deep.equal(['Bearer vault-token', null]);
      } finally {
        await logins.close();
        await other.stop();
      }
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

  describe('over https', () => {
    let authority: TestAuthority;
    before(async function ready() {
      const made = await TestAuthority.create();
      if (made === null) { this.skip(); return; }
      authority = made;
    });
    after(() => authority.close());

    it('shows its certificate to a payment tool that asks for one, and is not believed without', async () => {
      const [ours, theirs] = [await authority.sign('gateway', 'DNS:gateway.test'), await authority.sign('vault', 'IP:127.0.0.1')];
      const ca = await readFile(authority.ca);
      const server = await VaultServer.start({ cert: await readFile(theirs.cert), key: await readFile(theirs.key), ca, requestCert: true, rejectUnauthorized: true });
      const { origin } = new URL(server.url);
      const known = new HttpDigitVault(new Map([[origin, { token: null, cert: await readFile(ours.cert), key: await readFile(ours.key), ca }]]));
      const stranger = new HttpDigitVault(new Map([[origin, { token: null, cert: null, key: null, ca }]]));
      const entry = { vaultUrl: server.url, callId: callId('c'), tenantId: tenantId('t'), token: 'digits-7', digits: '123' };
      try {
        await known.store(entry, new AbortController().signal);
        expect(server.requests).to.have.lengthOf(1);
        expect(await failureOf(stranger.store(entry, new AbortController().signal))).to.include({ code: 'vault/unavailable' });
        expect(server.requests).to.have.lengthOf(1);
      } finally {
        await Promise.all([known.close(), stranger.close()]);
        await server.stop();
      }
    });

    it('does not begin with what is no certificate', () => {
      const nonsense = Buffer.from('nonsense');
      expect(() => new HttpDigitVault(new Map([['https://payments.example.com', { token: null, cert: nonsense, key: nonsense, ca: null }]]))).to.throw();
    });
  });
});
