import { PortError } from '../../../src/application/ports/port-error.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { tokenVerifierContract } from '../../contract/token-verifier.contract.js';
import { FakeTokenVerifier } from './fake-token-verifier.js';

describe('FakeTokenVerifier', () => {
  tokenVerifierContract(() => {
    const verifier = new FakeTokenVerifier();
    return Promise.resolve({
      verifier,
      issue: (subject, role, tenant) => {
        verifier.identities.set(`token of ${subject}`, { subject, role, tenantId: tenant === null ? null : tenantId(tenant), expiresAt: '2099-01-01T00:00:00.000Z' });
        return `token of ${subject}`;
      },
      lose: () => { verifier.failure = new PortError('no keys', { code: 'token-verifier/unavailable', kind: 'unavailable' }); },
    });
  }, { asksForKeys: true });
});
