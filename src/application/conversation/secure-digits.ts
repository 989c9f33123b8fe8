import { isCardNumber } from '../../domain/privacy/card-brands.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { AgentInput } from '../ports/agent.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { DigitVault } from '../ports/digit-vault.js';
import type { IdSource } from '../ports/id-source.js';
import type { Logger } from '../ports/logger.js';
import { codeOf, isPortError } from '../ports/port-error.js';

/** The digits are held for so long at most; then they are forgotten, delivered or not. */
const HOLD_MS = 5000;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 200;
/** Entries whose outcome the agent may still be told. */
const SEALS_KEPT = 4;

export type SealedInput = Extract<AgentInput, { kind: 'sealed-digits' }>;
type Outcome = Omit<SealedInput, 'kind' | 'complete'>;

export interface SecureDigitsOptions {
  readonly vault: DigitVault;
  /** Null: nothing takes digits; they are dropped and the agent is told so. */
  readonly vaultUrl: string | null;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Digits typed in secure mode: handed to the vault and forgotten. What is left of them is a token, their count and, of a whole card number, its last four. */
export class SecureDigits {
  private readonly outcomes = new Map<number, Promise<Outcome>>();
  private readonly ended = new AbortController();

  constructor(private readonly options: SecureDigitsOptions) {}

  /** Begins to hand them over; returns at once. Nothing here holds them when that is done, failed or too late. */
  seal(sealId: number, digits: string): void {
    this.outcomes.set(sealId, this.handOver(digits));
    const oldest = this.outcomes.keys().next();
    if (this.outcomes.size > SEALS_KEPT && oldest.done !== true) this.outcomes.delete(oldest.value);
  }

  /** What the agent is told of them, when it is known what became of them. Never rejects. */
  async told(sealId: number, complete: boolean): Promise<SealedInput> {
    const outcome = await this.outcomes.get(sealId) ?? { token: null, length: 0, lastFour: null, failure: 'expired' as const };
    return { kind: 'sealed-digits', complete, ...outcome };
  }

  async close(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.outcomes.values());
  }

  private async handOver(digits: string): Promise<Outcome> {
    const { vaultUrl, ids, log } = this.options;
    const outcome = { token: null, length: digits.length, lastFour: isCardNumber(digits) ? digits.slice(-4) : null };
    if (vaultUrl === null) {
      log.error('secure digits were asked for and the agent profile has no pci.vaultUrl: they are dropped');
      return { ...outcome, failure: 'not-possible' };
    }
    const token = `digits-${ids.next()}`;
    const code = await this.stored(digits, token, vaultUrl);
    return code === null ? { ...outcome, token, failure: null } : { ...outcome, failure: 'not-stored' };
  }

  /** Null, or the code of what prevented it. */
  private async stored(digits: string, token: string, vaultUrl: string): Promise<string | null> {
    const { vault, callId, tenantId, clock, log } = this.options;
    const limit = deadline(clock, HOLD_MS, this.ended.signal);
    try {
      await this.repeated(() => orAborted(vault.store({ vaultUrl, callId, tenantId, token, digits }, limit.signal), limit.signal), limit.signal);
      return null;
    } catch (error) {
      const code = limit.expired ? 'vault/timeout' : codeOf(error, 'vault/failed');
      log.error('secure digits could not be handed to the vault: they are dropped', { code, vaultUrl: new URL(vaultUrl).origin });
      return code;
    } finally {
      limit.clear();
    }
  }

  private async repeated(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (signal.aborted || attempts >= ATTEMPTS_MAX || !isPortError(error) || !error.retryable) throw error;
      }
      await this.pause(RETRY_MS * attempts, signal);
    }
  }

  private pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel: Cancel = this.options.clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}
