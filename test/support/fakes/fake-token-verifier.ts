import type { TokenVerifier } from '../../../src/application/ports/token-verifier.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { Identity } from '../../../src/domain/access/identity.js';

/** Knows the identities a test gives it, by token. */
export class FakeTokenVerifier implements TokenVerifier {
  readonly identities = new Map<string, Identity>();
  failure: PortError | null = null;

  verify(token: string): Promise<Identity> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const identity = this.identities.get(token);
    return identity === undefined ? Promise.reject(new PortError('unknown token', { code: 'token-verifier/refused', kind: 'rejected' })) : Promise.resolve(identity);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
