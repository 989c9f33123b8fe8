import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { pause } from './abortable.js';

export interface RestWatchOptions {
  /** Asks Asterisk something small, whatever the breaker says. Rejects when there is no answer. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  /** Between two probes. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asterisk answers again. */
  readonly onAnswer: () => void;
  /** Nothing is asked any more. */
  readonly closing: AbortSignal;
}

/**
 * Whether Asterisk answers requests: they may find no answer for minutes while its event socket lives (asterisk/asterisk#2078).
 * After a request that found none Asterisk is asked until it answers; it counts as away when that finds no answer either.
 */
export class RestWatch {
  private away = false;
  private asking: Promise<void> | null = null;

  constructor(private readonly options: RestWatchOptions) {}

  get answering(): boolean {
    return !this.away;
  }

  /** A request has found no answer. */
  suspect(): void {
    if (this.options.closing.aborted) return;
    this.asking ??= this.ask().finally(() => { this.asking = null; });
  }

  /** Resolves when nothing is being asked; soon after `closing`. */
  async settled(): Promise<void> {
    await this.asking;
  }

  private async ask(): Promise<void> {
    const { probe, intervalMs, clock, logger, closing, onAnswer } = this.options;
    while (!isOver(closing)) {
      try {
        await probe(closing);
        if (this.away) logger.info('asterisk answers requests again');
        this.away = false;
        onAnswer();
        return;
      } catch (error) {
        if (!this.away && !isOver(closing)) logger.warn('asterisk does not answer requests', {}, error); // told once, asked again for ever
        this.away = true;
        await pause(clock, intervalMs, closing).catch(() => undefined); // closed: the loop ends
      }
    }
  }
}

/** A function, so that the compiler does not believe it settled before an await. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
