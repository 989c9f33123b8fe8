import { expect } from 'chai';
import { isPortError } from '../../src/application/ports/port-error.js';
import type { TokenVerifier } from '../../src/application/ports/token-verifier.js';
import type { Role } from '../../src/domain/access/identity.js';

export interface TokenVerifierUnderTest {
  readonly verifier: TokenVerifier;
  /** A token that is to be believed. */
  readonly issue: (subject: string, role: Role, tenant: string | null) => string;
  /** Keys cannot be asked for from now on, and none is known. Left out where they are always at hand. */
  readonly lose?: () => void;
}

/** What every TokenVerifier promises. */
export function tokenVerifierContract(make: () => Promise<TokenVerifierUnderTest>, { asksForKeys }: { readonly asksForKeys: boolean }): void {
  describe('keeps the contract of TokenVerifier', () => {
    const signal = new AbortController().signal;
    let world: TokenVerifierUnderTest;

    beforeEach(async () => { world = await make(); });
    afterEach(async () => { await world.verifier.close(); });

    const failureOf = async (token: string): Promise<{ readonly code: string; readonly kind: string }> => {
      const error: unknown = await world.verifier.verify(token, signal).then(() => null, (thrown: unknown) => thrown);
      if (!isPortError(error)) throw new Error('no PortError was thrown');
      return { code: error.code, kind: error.kind };
    };

    it('says who a token is about, whose it is and until when', async () => {
      const { expiresAt, ...identity } = await world.verifier.verify(world.issue('ada@example.com', 'operator', 'north-bank'), signal);
      expect(identity).to.deep.equal({ subject: 'ada@example.com', role: 'operator', tenantId: 'north-bank' });
      expect(new Date(expiresAt).toISOString()).to.equal(expiresAt);
    });

    it('gives `platform` no tenant', async () => {
      expect(await world.verifier.verify(world.issue('root@example.com', 'platform', null), signal)).to.include({ role: 'platform', tenantId: null });
    });

    it('refuses what it does not know, in one way', async () => {
      for (const token of ['', 'x', 'a.b.c', '💥', `${world.issue('ada@example.com', 'viewer', 'north-bank')}x`]) {
        expect(await failureOf(token)).to.deep.equal({ code: 'token-verifier/refused', kind: 'rejected' });
      }
    });

    if (asksForKeys) {
      it('does not refuse what it cannot tell', async () => {
        const token = world.issue('ada@example.com', 'viewer', 'north-bank');
        expect(world.lose).to.be.a('function');
        world.lose?.();
        expect(await failureOf(token)).to.deep.equal({ code: 'token-verifier/unavailable', kind: 'unavailable' });
      });
    }

    it('closes twice', async () => {
      await world.verifier.close();
      await world.verifier.close();
    });
  });
}
