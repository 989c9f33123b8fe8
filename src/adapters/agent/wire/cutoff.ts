import { isPortError, PortError } from '../../../application/ports/port-error.js';

/**
 * Everything that may end an exchange early, as one signal: the caller's abort, the closing of the adapter, the time for
 * the whole and the time for the step at hand. The reason is always the PortError that the exchange shall end with.
 */
export class Cutoff {
  private readonly controller = new AbortController();
  private readonly endsAtMs: number;
  private readonly total: NodeJS.Timeout;
  private step: NodeJS.Timeout | undefined;
  private stepEndsAtMs = Infinity;
  private readonly onAbort = (): void => {
    const reason: unknown = this.aborted.reason; // a cutoff around this one has its reason ready
    this.cut(isPortError(reason) ? reason : new PortError('aborted', { code: 'agent/aborted', kind: 'timeout', retryable: false }));
  };
  private readonly onClose = (): void => { this.cut(new PortError('the adapter was closed', { code: 'agent/closed', kind: 'unavailable', retryable: false })); };

  constructor(private readonly aborted: AbortSignal, private readonly closing: AbortSignal, totalMs: number) {
    this.endsAtMs = performance.now() + totalMs;
    this.total = setTimeout(() => { this.cut(late('the whole exchange')); }, totalMs);
    if (closing.aborted) this.onClose();
    if (aborted.aborted) this.onAbort();
    aborted.addEventListener('abort', this.onAbort, { once: true });
    closing.addEventListener('abort', this.onClose, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Time left for the step at hand. */
  get remainingMs(): number {
    return Math.max(0, Math.min(this.endsAtMs, this.stepEndsAtMs) - performance.now());
  }

  /** The step `what` must be done in `limitMs`; replaces the limit of the step before. */
  limit(limitMs: number, what: string): void {
    clearTimeout(this.step);
    this.stepEndsAtMs = performance.now() + limitMs;
    this.step = setTimeout(() => { this.cut(late(what)); }, limitMs);
  }

  /** The step is done; only the time for the whole still runs. */
  unlimit(): void {
    clearTimeout(this.step);
    this.step = undefined;
    this.stepEndsAtMs = Infinity;
  }

  throwIfCut(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }

  /** Frees timers and listeners. */
  dispose(): void {
    this.unlimit();
    clearTimeout(this.total);
    this.aborted.removeEventListener('abort', this.onAbort);
    this.closing.removeEventListener('abort', this.onClose);
  }

  private cut(reason: PortError): void {
    if (!this.signal.aborted) this.controller.abort(reason);
  }
}

function late(what: string): PortError {
  return new PortError(`the agent was late: ${what}`, { code: 'agent/timeout', kind: 'timeout' });
}
