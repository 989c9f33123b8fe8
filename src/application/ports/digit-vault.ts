import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** Digits on their way to a payment tool. The only place outside a call where they are whole. */
export interface SealedEntry {
  /** Of the agent's profile: https, or http on the loopback. */
  readonly vaultUrl: string;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  /** Opaque; stands for the digits from now on. Repeated attempts bring the same one. */
  readonly token: string;
  /** `0-9*#A-D` as they were typed. */
  readonly digits: string;
}

/**
 * Takes digits typed in secure mode. Keeps nothing of them, and logs nothing of them; nor do its errors tell any. Resolves when
 * the tool has taken them.
 *
 * @throws PortError `vault/unavailable`, `vault/timeout` (both retryable), `vault/rejected` (asking again will not help),
 * `vault/insecure` (the address is neither https nor loopback; nothing was sent), `vault/aborted` (the signal).
 */
export interface DigitVault {
  store(entry: SealedEntry, signal: AbortSignal): Promise<void>;
}
