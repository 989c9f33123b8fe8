import { orAborted } from '../../application/lifecycle/or-aborted.js';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { PortError } from '../../application/ports/port-error.js';
import { FetchLine } from './fetch-line.js';
import { readJwks } from './jwks-document.js';
import type { KeySource, VerificationKey } from './verification-key.js';

const MINUTE_MS = 60_000;
/** The set is used for so long; a key that the issuer withdraws is good here for so long at most while it answers. */
const CACHE_MS = 10 * MINUTE_MS;
/** From then on it is asked for anew beside the work, so that nobody has to wait at the end of the cache. */
const REFRESH_AHEAD_MS = 5 * MINUTE_MS;
/** While the issuer does not answer, known keys are good for so long more. */
const FALLBACK_MS = 60 * MINUTE_MS;
const FETCH_TIMEOUT_MS = 3000;
/** After a failure the issuer is left alone for so long, and who needs it is told at once. */
const RETRY_MS = 5000;
/** After further failures longer, doubled each time: an issuer that is back is known at the latest so soon, though nobody asks. */
const RETRY_MS_MAX = MINUTE_MS;
/** A key that does not exist is not asked for again so soon. Short: an issuer may sign with a key before all its servers show it. */
const ABSENT_MS = 10_000;
const ABSENT_MAX = 1000;
const WAITING_MAX = 2048;

export interface JwksKeyRingOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Keys of an issuer that publishes them. Who waits for an unknown one shares one fetch with all others; of those there are ten a minute at most. */
export class JwksKeyRing implements KeySource {
  private keys: ReadonlyMap<string, VerificationKey> = new Map();
  private fetchedAtMs = -Infinity;
  /** Null: the last fetch went well. */
  private failedAtMs: number | null = null;
  private failures = 0; // since the last fetch that went well
  private cancelRetry: Cancel = () => undefined;
  private readonly absentUntilMs = new Map<string, number>();
  private readonly line: FetchLine;
  private readonly closing = new AbortController();
  private waiting = 0;

  constructor(private readonly options: JwksKeyRingOptions) {
    this.line = new FetchLine(options.clock, () => this.fetch());
  }

  /** False: keys cannot be had now; those that are known may still be good. */
  get ready(): boolean {
    return this.failedAtMs === null && this.fetchedAtMs !== -Infinity;
  }

  /** Fetches the keys if it may, without anybody waiting for them. What fails is tried again by itself. */
  refresh(): Promise<void> {
    const { failedAtMs, line } = this;
    if (failedAtMs !== null && this.options.clock.nowMs() - failedAtMs < RETRY_MS) return Promise.resolve();
    return line.running ?? line.next();
  }

  async keyOf(keyId: string, signal: AbortSignal): Promise<VerificationKey | null> {
    if (this.keys.has(keyId)) {
      const ageMs = this.ageMs();
      // After a failure too: else an issuer that is back would be told as away for minutes.
      const refreshed = ageMs > REFRESH_AHEAD_MS || this.failedAtMs !== null ? this.refresh() : null;
      if (ageMs > CACHE_MS && this.failedAtMs === null) await this.orAborted(refreshed, signal);
    }
    const known = this.known(keyId);
    return known ?? await this.search(keyId, signal);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('closed'));
    this.cancelRetry();
    await this.line.close();
  }

  private known(keyId: string): VerificationKey | null {
    return this.ageMs() <= CACHE_MS + FALLBACK_MS ? this.keys.get(keyId) ?? null : null;
  }

  /** For a key that is not known: it may be a new one, or somebody's invention. */
  private async search(keyId: string, signal: AbortSignal): Promise<VerificationKey | null> {
    const { line, options: { clock } } = this;
    if ((this.absentUntilMs.get(keyId) ?? -Infinity) > clock.nowMs()) return null;
    if (this.waiting >= WAITING_MAX || this.isLeftAlone()) throw unavailable();
    this.waiting += 1;
    try {
      // What is under way may bring it, or may have been answered before the key was there.
      if (line.running !== null) await this.orAborted(line.running, signal);
      if (this.known(keyId) === null && !this.isLeftAlone()) await this.orAborted(line.next(), signal);
    } finally {
      this.waiting -= 1;
    }
    const key = this.known(keyId);
    if (key !== null) return key;
    if (this.failedAtMs !== null || this.closing.signal.aborted) throw unavailable();
    this.rememberAbsent(keyId);
    return null;
  }

  private async fetch(): Promise<void> {
    const { url, clock, logger, metrics } = this.options;
    try {
      const keys = await readJwks(url, AbortSignal.any([this.closing.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]));
      for (const withdrawn of [...this.keys.keys()].filter((keyId) => !keys.has(keyId))) this.rememberAbsent(withdrawn);
      this.keys = keys;
      this.fetchedAtMs = clock.nowMs();
      if (this.failedAtMs !== null) logger.info('keys of the token issuer can be had again', { keys: keys.size });
      this.failedAtMs = null;
      this.failures = 0;
      this.cancelRetry();
      metrics.count('jwks_fetches_total', { outcome: 'done' });
    } catch (error) {
      if (this.closing.signal.aborted) return;
      if (this.failedAtMs === null) logger.warn('keys of the token issuer cannot be had; known ones stay good for an hour', {}, error);
      this.failedAtMs = clock.nowMs();
      metrics.count('jwks_fetches_total', { outcome: 'failed' });
      this.retryLater();
    }
  }

  private isLeftAlone(): boolean {
    return this.failedAtMs !== null && this.options.clock.nowMs() - this.failedAtMs < RETRY_MS;
  }

  private ageMs(): number {
    return this.options.clock.nowMs() - this.fetchedAtMs;
  }

  /** Else the first who comes would pay for the outage, and the health of the gateway would tell of one that is long over. */
  private retryLater(): void {
    this.failures += 1;
    this.cancelRetry();
    if (this.closing.signal.aborted) return;
    this.cancelRetry = this.options.clock.after(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (this.failures - 1)), () => { void this.refresh(); });
  }

  private rememberAbsent(keyId: string): void {
    const { absentUntilMs } = this;
    absentUntilMs.delete(keyId);
    absentUntilMs.set(keyId, this.options.clock.nowMs() + ABSENT_MS);
    const oldest = absentUntilMs.keys().next().value;
    if (absentUntilMs.size > ABSENT_MAX && oldest !== undefined) absentUntilMs.delete(oldest);
  }

  private async orAborted(work: Promise<void> | null, signal: AbortSignal): Promise<void> {
    try {
      await orAborted(work ?? Promise.resolve(), signal);
    } catch (cause) {
      throw new PortError('the token was not waited for', { code: 'token-verifier/aborted', kind: 'timeout', cause });
    }
  }
}

function unavailable(): PortError {
  return new PortError('the keys of the token issuer cannot be had', { code: 'token-verifier/unavailable', kind: 'unavailable', retryAfterMs: RETRY_MS });
}
