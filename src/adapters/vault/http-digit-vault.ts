import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import type { DigitVault, SealedEntry } from '../../application/ports/digit-vault.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';

const ATTEMPT_MS = 2000;
const CONNECTIONS_MAX = 16;
const ANSWER_BYTES_MAX = 64 * 1024;
const REPEATABLE: readonly number[] = [408, 425, 429];

/**
 * Hands digits to a payment tool: `POST <vaultUrl>` with `{call_id, tenant_id, token, digits}`, `Idempotency-Key: <token>`; any 2xx
 * means taken. One attempt of at most two seconds; redirects are not followed.
 */
export class HttpDigitVault implements DigitVault {
  private readonly agent = new Agent({ connections: CONNECTIONS_MAX, maxResponseSize: ANSWER_BYTES_MAX });

  async store({ vaultUrl, callId, tenantId, token, digits }: SealedEntry, signal: AbortSignal): Promise<void> {
    if (!isSafe(vaultUrl)) throw new PortError('card data goes by https only', { code: 'vault/insecure', kind: 'rejected' });
    const attempt = AbortSignal.timeout(ATTEMPT_MS);
    try {
      const { statusCode, body } = await request(vaultUrl, {
        dispatcher: this.agent, method: 'POST', signal: AbortSignal.any([signal, attempt]),
        headers: { 'content-type': 'application/json', 'idempotency-key': token },
        body: JSON.stringify({ call_id: callId, tenant_id: tenantId, token, digits }),
      });
      await body.dump();
      if (statusCode >= 200 && statusCode < 300) return;
      const repeatable = statusCode >= 500 || REPEATABLE.includes(statusCode);
      throw new PortError(`the vault answered ${statusCode}`, { code: repeatable ? 'vault/unavailable' : 'vault/rejected', kind: repeatable ? 'unavailable' : 'rejected' });
    } catch (error) {
      if (isPortError(error)) throw error;
      if (signal.aborted) throw new PortError('given up', { code: 'vault/aborted', kind: 'unavailable', retryable: false });
      if (attempt.aborted) throw new PortError('the vault did not answer in time', { code: 'vault/timeout', kind: 'timeout' });
      throw new PortError('the vault cannot be reached', { code: 'vault/unavailable', kind: 'unavailable', cause: error });
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}
