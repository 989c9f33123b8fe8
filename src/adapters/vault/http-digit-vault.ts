import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Agent, request } from 'undici';
import type { DigitVault, SealedEntry } from '../../application/ports/digit-vault.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';

const ATTEMPT_MS = 2000;
const CONNECTIONS_MAX = 16;
const ANSWER_BYTES_MAX = 64 * 1024;
const REPEATABLE: readonly number[] = [408, 425, 429];

/** How we show one payment tool who we are. All null: not at all. */
export interface VaultLogin {
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string | null;
  /** Ours and its key, for mTLS. PEM; both or none. */
  readonly cert: Uint8Array | null;
  readonly key: Uint8Array | null;
  /** Authority to trust instead of those that Node.js knows. PEM. */
  readonly ca: Uint8Array | null;
}

/**
 * Hands digits to a payment tool: `POST <vaultUrl>` with `{call_id, tenant_id, token, digits}`, `Idempotency-Key: <token>`; any 2xx
 * means taken. One attempt of at most two seconds; redirects are not followed. A login is shown to the origin that it is for, and to no other.
 */
export class HttpDigitVault implements DigitVault {
  private readonly anybody = agentOf(null);
  private readonly known: ReadonlyMap<string, { readonly agent: Agent; readonly headers: Readonly<Record<string, string>> }>;

  /** @param logins by origin. @throws what OpenSSL throws of a certificate or key that cannot be used. */
  constructor(logins: ReadonlyMap<string, VaultLogin> = new Map()) {
    this.known = new Map([...logins].map(([origin, login]) => [origin, { agent: agentOf(login), headers: login.token === null ? {} : { authorization: `Bearer ${login.token}` } }]));
  }

  async store({ vaultUrl, callId, tenantId, token, digits }: SealedEntry, signal: AbortSignal): Promise<void> {
    if (!isSafe(vaultUrl)) throw new PortError('card data goes by https only', { code: 'vault/insecure', kind: 'rejected' });
    const { agent, headers } = this.known.get(new URL(vaultUrl).origin) ?? { agent: this.anybody, headers: {} };
    const attempt = AbortSignal.timeout(ATTEMPT_MS);
    try {
      const { statusCode, body } = await request(vaultUrl, {
        dispatcher: agent, method: 'POST', signal: AbortSignal.any([signal, attempt]),
        headers: { 'content-type': 'application/json', 'idempotency-key': token, ...headers },
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
    await Promise.all([this.anybody, ...[...this.known.values()].map(({ agent }) => agent)].map((agent) => agent.destroy()));
  }
}

function agentOf(login: VaultLogin | null): Agent {
  const connect = login === null ? {} : { ...(login.cert === null || login.key === null ? {} : { cert: Buffer.from(login.cert), key: Buffer.from(login.key) }), ...(login.ca === null ? {} : { ca: Buffer.from(login.ca) }) };
  createSecureContext(connect); // throws now, not with a card number in hand
  return new Agent({ connections: CONNECTIONS_MAX, maxResponseSize: ANSWER_BYTES_MAX, connect });
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}
