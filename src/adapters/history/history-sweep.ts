import { InterruptiblePause } from '../../application/lifecycle/interruptible-pause.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { dayStartMs, usageDays } from '../../domain/call/call-usage.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { HistoryFiles } from './history-files.js';
import type { UsageFiles } from './usage-files.js';
import type { UsageLedger } from './usage-ledger.js';

const DAY_MS = 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 3_600_000;
/** Files written anew by one sweep; the next goes on. */
const REWRITTEN_MAX = 10_000;
/** Of a day whose words are all gone. */
const WORDLESS = 'wordless';

export interface HistorySweepOptions {
  readonly files: HistoryFiles;
  readonly ledgers: UsageFiles;
  readonly ledger: UsageLedger;
  readonly retentionDays: number;
  readonly transcriptDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False: there were none. */
  readonly forgetWords: (tenantId: TenantId, callId: CallId) => Promise<boolean>;
}

/** Gives back the disk of calls and words whose time is up: once an hour, file after file, whole days only. */
export class HistorySweep {
  private readonly pause: InterruptiblePause;
  private running: Promise<void> | null = null;
  private readonly gone = new AbortController();
  /** Days with sums alone: looked at once. */
  private readonly settled = new Set<string>();

  constructor(private readonly options: HistorySweepOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.gone.abort();
    this.pause.end();
    await this.running;
  }

  private isClosed(): boolean {
    return this.gone.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isClosed()) {
      try {
        await this.sweep();
      } catch (error) {
        if (!this.isClosed()) this.options.logger.warn('old calls could not be removed: tried again later', {}, error);
      }
      await this.pause.wait(SWEEP_INTERVAL_MS);
    }
  }

  private async sweep(): Promise<void> {
    const { files, retentionDays, transcriptDays } = this.options;
    let rewritten = 0;
    for (const tenantId of await files.tenants()) {
      for (const day of await files.days(tenantId)) {
        if (this.isClosed() || rewritten >= REWRITTEN_MAX) return;
        if (this.isPast(day, retentionDays)) {
          await this.settle(tenantId, day);
          await files.removeDay(tenantId, day);
        } else if (this.isPast(day, transcriptDays)) rewritten += await this.forgetWords(tenantId, day, REWRITTEN_MAX - rewritten);
      }
      await this.sweepSums(tenantId);
    }
  }

  /** Also of days that could not be settled when their calls went. */
  private async sweepSums(tenantId: TenantId): Promise<void> {
    const { ledgers, retentionDays } = this.options;
    for (const day of await ledgers.days(tenantId)) {
      if (this.isClosed() || !this.isPast(day, retentionDays)) return;
      if (!this.isPast(day, usageDays(retentionDays))) { await this.settle(tenantId, day); continue; }
      await ledgers.remove(tenantId, day);
      this.settled.delete(`${day}/${tenantId}`);
    }
  }

  private async settle(tenantId: TenantId, day: string): Promise<void> {
    const key = `${day}/${tenantId}`;
    if (this.settled.has(key)) return;
    try {
      await this.options.ledger.settle(tenantId, day, this.gone.signal);
      this.settled.add(key);
    } catch (error) {
      if (this.isClosed()) throw error;
      this.options.logger.warn('the usage of a day could not be summed up: tried again later, of what is kept by then', { day }, error); // calls go in time all the same
    }
  }

  private async forgetWords(tenantId: TenantId, day: string, max: number): Promise<number> {
    const { files, forgetWords } = this.options;
    if (await files.isMarked(tenantId, day, WORDLESS)) return 0;
    let rewritten = 0;
    for (const callId of await files.calls(tenantId, day)) {
      if (this.isClosed() || rewritten >= max) return rewritten;
      if (await forgetWords(tenantId, callId)) rewritten += 1;
    }
    await files.mark(tenantId, day, WORDLESS);
    return rewritten;
  }

  /** Whether the last call of that day is older than so many days. */
  private isPast(day: string, days: number): boolean {
    return Date.parse(this.options.clock.wallTime()) >= dayStartMs(day) + (days + 1) * DAY_MS;
  }
}
