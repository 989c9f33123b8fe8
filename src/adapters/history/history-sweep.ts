import { InterruptiblePause } from '../../application/lifecycle/interruptible-pause.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { HistoryFiles } from './history-files.js';

const DAY_MS = 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 3_600_000;
/** Files written anew by one sweep; the next goes on. */
const REWRITTEN_MAX = 10_000;
/** Of a day whose words are all gone. */
const WORDLESS = 'wordless';

export interface HistorySweepOptions {
  readonly files: HistoryFiles;
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
  private ended = false;

  constructor(private readonly options: HistorySweepOptions) {
    this.pause = new InterruptiblePause(options.clock);
  }

  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.ended = true;
    this.pause.end();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      try {
        await this.sweep();
      } catch (error) {
        this.options.logger.warn('old calls could not be removed: tried again later', {}, error);
      }
      await this.pause.wait(SWEEP_INTERVAL_MS);
    }
  }

  private async sweep(): Promise<void> {
    const { files, retentionDays, transcriptDays } = this.options;
    let rewritten = 0;
    for (const tenantId of await files.tenants()) {
      for (const day of await files.days(tenantId)) {
        if (this.ended || rewritten >= REWRITTEN_MAX) return;
        if (this.isPast(day, retentionDays)) await files.removeDay(tenantId, day);
        else if (this.isPast(day, transcriptDays)) rewritten += await this.forgetWords(tenantId, day, REWRITTEN_MAX - rewritten);
      }
    }
  }

  private async forgetWords(tenantId: TenantId, day: string, max: number): Promise<number> {
    const { files, forgetWords } = this.options;
    if (await files.isMarked(tenantId, day, WORDLESS)) return 0;
    let rewritten = 0;
    for (const callId of await files.calls(tenantId, day)) {
      if (this.ended || rewritten >= max) return rewritten;
      if (await forgetWords(tenantId, callId)) rewritten += 1;
    }
    await files.mark(tenantId, day, WORDLESS);
    return rewritten;
  }

  /** Whether the last call of that day is older than so many days. */
  private isPast(day: string, days: number): boolean {
    return Date.parse(this.options.clock.wallTime()) >= Date.parse(`${day}T00:00:00.000Z`) + (days + 1) * DAY_MS;
  }
}
