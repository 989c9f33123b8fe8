import type { Identity } from '../../domain/access/identity.js';

/**
 * Says who a bearer token is about. Throws PortError: `token-verifier/refused` (kind `rejected`) for a token that is not to be
 * believed, whatever is wrong with it; `token-verifier/unavailable` (kind `unavailable`) when its key could not be asked for.
 */
export interface TokenVerifier {
  verify(token: string, signal: AbortSignal): Promise<Identity>;
  /** Idempotent. */
  close(): Promise<void>;
}
