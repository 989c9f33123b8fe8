import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { TenantDirectory } from '../../application/ports/tenant-directory.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { normaliseNumber } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';

export interface CachedTenantDirectoryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ttlMs: number;
  /** For "there is no such tenant", and between questions while the directory behind fails. */
  readonly negativeTtlMs: number;
  /** While the directory behind fails, a known tenant is used for so long past its time. */
  readonly staleMaxMs: number;
  /** Answers kept; the one used longest ago goes. Default 10 000. */
  readonly entriesMax?: number;
}

type Answer = Tenant | null | readonly Tenant[];

interface Entry {
  readonly answer: Answer;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
  /** While the directory behind fails: not asked again before. */
  askAgainAtMs: number;
}

/**
 * Remembers answers of another directory: each tenant for `ttlMs`. Many who ask the same at one time share one question.
 * When the directory behind fails, what is known is used on. Owns the directory behind: closing closes both.
 */
export class CachedTenantDirectory implements TenantDirectory {
  /** In the order of use. */
  private readonly entries = new Map<string, Entry>();
  private readonly underway = new Map<string, Promise<Answer>>();
  private readonly closing = new AbortController();
  private failing = false;

  constructor(private readonly inner: TenantDirectory, private readonly options: CachedTenantDirectoryOptions) {}

  async findByDid(dialledNumber: string, trunk: string, signal: AbortSignal): Promise<Tenant | null> {
    const key = `did ${normaliseNumber(dialledNumber)} ${trunk}`;
    return await this.answer(key, signal, (shared) => this.inner.findByDid(dialledNumber, trunk, shared)) as Tenant | null;
  }

  async findById(id: TenantId, signal: AbortSignal): Promise<Tenant | null> {
    return await this.answer(`id ${id}`, signal, (shared) => this.inner.findById(id, shared)) as Tenant | null;
  }

  async list(signal: AbortSignal): Promise<readonly Tenant[]> {
    return await this.answer('list', signal, (shared) => this.inner.list(shared)) as readonly Tenant[];
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.entries.clear();
    await Promise.allSettled(this.underway.values());
    await this.inner.close();
  }

  private async answer(key: string, signal: AbortSignal, ask: (shared: AbortSignal) => Promise<Answer>): Promise<Answer> {
    if (this.closing.signal.aborted) throw closedError();
    if (signal.aborted) throw abortedError();
    const entry = this.entries.get(key);
    const nowMs = this.options.clock.nowMs();
    if (entry !== undefined) {
      this.use(key, entry);
      if (nowMs < entry.freshUntilMs || (nowMs < entry.askAgainAtMs && nowMs < entry.staleUntilMs)) return entry.answer;
    }
    return orAborted(this.shared(key, ask), signal);
  }

  private shared(key: string, ask: (shared: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const underway = this.underway.get(key);
    if (underway !== undefined) return underway;
    const question = this.ask(key, ask).finally(() => { this.underway.delete(key); });
    question.catch(() => undefined); // everybody who waited may have gone: then nobody is left to be told
    this.underway.set(key, question);
    return question;
  }

  private async ask(key: string, ask: (shared: AbortSignal) => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await ask(this.closing.signal);
      this.remember(key, answer);
      if (this.failing) this.options.logger.info('tenant directory answers again');
      this.failing = false;
      return answer;
    } catch (error) {
      return this.stale(key, error);
    }
  }

  private stale(key: string, error: unknown): Answer {
    const nowMs = this.options.clock.nowMs();
    const entry = this.entries.get(key);
    // An old "there is no such tenant" is not worth using: the call would be refused for a wrong reason.
    if (!isPortError(error) || entry === undefined || entry.answer === null || nowMs >= entry.staleUntilMs) throw error;
    entry.askAgainAtMs = nowMs + this.options.negativeTtlMs;
    if (!this.failing) this.options.logger.warn('tenant directory fails: what is known is used on', {}, error);
    this.failing = true;
    return entry.answer;
  }

  private remember(key: string, answer: Answer): void {
    if (this.closing.signal.aborted) return;
    const nowMs = this.options.clock.nowMs();
    const freshUntilMs = nowMs + (answer === null ? this.options.negativeTtlMs : this.options.ttlMs);
    const validity = { freshUntilMs, staleUntilMs: freshUntilMs + this.options.staleMaxMs, askAgainAtMs: 0 };
    // Each by its id as well: a call is gone on with by the id of its tenant, at a time when the directory may not answer.
    for (const tenant of tenantsIn(answer)) this.use(`id ${tenant.id}`, { answer: tenant, ...validity });
    this.use(key, { answer, ...validity });
    const entriesMax = this.options.entriesMax ?? 10_000;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= entriesMax) break;
      this.entries.delete(oldest);
    }
  }

  private use(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
  }
}

function tenantsIn(answer: Answer): readonly Tenant[] {
  if (answer === null) return [];
  return 'length' in answer ? answer : [answer];
}

/** The shared question goes on for the others when one of those who wait gives up. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => { reject(abortedError()); };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => { signal.removeEventListener('abort', onAbort); });
  });
}

function abortedError(): PortError {
  return new PortError('the request was aborted', { code: 'tenant-directory/aborted', kind: 'timeout', retryable: false });
}

function closedError(): PortError {
  return new PortError('the directory is closed', { code: 'tenant-directory/closed', kind: 'unavailable', retryable: false });
}
