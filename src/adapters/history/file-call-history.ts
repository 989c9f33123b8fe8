import type { CallHistory, CallPage, HistoryStep, KeptCall, PageRequest } from '../../application/ports/call-history.js';
import { PAGE_CALLS_MAX, SCANNED_CALLS_MAX } from '../../application/ports/call-history.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { PortError, isPortError } from '../../application/ports/port-error.js';
import { type CallFilter, type CallSummary, idRange, isWanted } from '../../domain/call/call-summary.js';
import { type CallUsage, type DaySpan, usageDays, youngerThan } from '../../domain/call/call-usage.js';
import { wordless } from '../../domain/call/event-words.js';
import { isOfNumber } from '../../domain/recording/recording.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { isUlid, ulidTimeMs } from '../../domain/shared/ulid-time.js';
import { HistoryFiles, dayOf } from './history-files.js';
import { type CallContent, contentOf, linesOf, summaryIn } from './history-line.js';
import { HistorySweep } from './history-sweep.js';
import { StoryCache } from './story-cache.js';
import { SummaryCache } from './summary-cache.js';
import { UsageFiles } from './usage-files.js';
import { UsageLedger } from './usage-ledger.js';

const DAY_MS = 24 * 3_600_000;
/** Files that are written or read at one time: not all threads of the process that work for the disk. */
const FILES_AT_ONCE = 3;
const READ_AT_ONCE = 16;

export interface FileCallHistoryOptions {
  readonly directory: string;
  readonly retentionDays: number;
  readonly transcriptDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Calls as files of NDJSON, one per call, in a directory per tenant and day, by the time in the call's id. Files only grow, so that
 * a crash tears the last line at most; a power cut may lose the last seconds. Of one node: what other processes write into the
 * same directory is seen too, but not what they erase of calls that have ended.
 */
export class FileCallHistory implements CallHistory {
  private readonly files: HistoryFiles;
  private readonly summaries = new SummaryCache();
  private readonly stories = new StoryCache();
  private readonly ledger: UsageLedger;
  private readonly sweep: HistorySweep;
  /** One change at a time: nothing is added to a file while it is written anew. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: FileCallHistoryOptions) {
    this.files = new HistoryFiles(options.directory);
    const ledgers = new UsageFiles(options.directory);
    this.ledger = new UsageLedger({
      ledgers, history: this.files, clock: options.clock, summary: (tenantId, callId) => this.summary(tenantId, callId), exclusive: (act) => this.exclusive(act),
    });
    this.sweep = new HistorySweep({
      ...options, files: this.files, ledgers, ledger: this.ledger, forgetWords: (tenantId, callId) => this.exclusive(() => this.forgetWords(tenantId, callId)),
    });
  }

  /** @throws PortError `call-history/unwritable` when the directory cannot be made. */
  static async open(options: FileCallHistoryOptions): Promise<FileCallHistory> {
    const history = new FileCallHistory(options);
    try {
      await history.files.open();
    } catch (cause) {
      throw new PortError(`cannot keep calls in ${options.directory}`, { code: 'call-history/unwritable', kind: 'unavailable', cause });
    }
    history.sweep.start();
    return history;
  }

  append(steps: readonly HistoryStep[], signal: AbortSignal): Promise<void> {
    return this.act(signal, () => this.exclusive(async () => {
      const waiting = [...merged(steps).values()].filter(({ callId }) => isUlid(callId));
      await this.ledger.tell(waiting.flatMap(({ tenantId, callId, call }) => (
        call === null || this.isPast(callId, this.options.retentionDays) ? [] : [{ call, before: this.summaries.get(tenantId, callId) }])));
      const write = async (): Promise<void> => {
        for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await this.write(step);
      };
      await Promise.all(Array.from({ length: FILES_AT_ONCE }, write));
    }));
  }

  list(tenantId: TenantId, filter: CallFilter, page: PageRequest, signal: AbortSignal): Promise<CallPage> {
    return this.act(signal, async () => {
      if (page.cursor !== null && !isUlid(page.cursor)) throw new PortError('that is no cursor of a page', { code: 'call-history/bad-cursor', kind: 'rejected' });
      const limit = Math.min(PAGE_CALLS_MAX, Math.max(1, page.limit));
      const calls: CallSummary[] = [];
      let scanned = 0;
      for await (const some of this.newestFirst(tenantId, filter, page.cursor)) {
        for (const { callId, call } of some) {
          scanned += 1;
          if (call !== null && isWanted(call, filter)) calls.push(call);
          if (calls.length === limit || scanned === SCANNED_CALLS_MAX) return { calls, cursor: callId };
        }
        signal.throwIfAborted();
      }
      return { calls, cursor: null };
    });
  }

  find(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<KeptCall | null> {
    return this.act(signal, async () => {
      if (this.isPast(callId, this.options.retentionDays)) return null;
      const { call, events } = await this.content(tenantId, callId);
      if (call === null) return null;
      return { call, events: this.wordsAreGone(callId) ? events.map(wordless) : events };
    });
  }

  erase(tenantId: TenantId, callId: CallId, signal: AbortSignal): Promise<boolean> {
    return this.act(signal, () => this.exclusive(async () => {
      const call = await this.summary(tenantId, callId);
      if (call !== null && !this.isPast(callId, this.options.retentionDays)) await this.ledger.tell([{ call, before: null }]); // perhaps kept by a version that counted none
      this.summaries.forget(tenantId, callId);
      this.stories.forget(tenantId, callId);
      return this.files.remove(tenantId, callId);
    }));
  }

  async eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    const erased: CallId[] = [];
    await this.act(signal, async () => {
      for await (const some of this.newestFirst(tenantId, {}, null)) {
        for (const { callId, call } of some) if (call !== null && isOfNumber(call, number) && await this.erase(tenantId, callId, signal)) erased.push(callId);
      }
    });
    return erased;
  }

  usage(tenantId: TenantId, days: DaySpan, signal: AbortSignal): Promise<CallUsage> {
    const kept = youngerThan(days, usageDays(this.options.retentionDays), this.wallMs());
    return this.act(signal, () => this.ledger.usage(tenantId, kept, signal));
  }

  async close(): Promise<void> {
    await this.sweep.close();
    await this.last;
  }

  /** Kept calls of the range that a filter needs, with their summaries, some at a time. */
  private async *newestFirst(tenantId: TenantId, filter: CallFilter, cursor: string | null): AsyncGenerator<readonly { readonly callId: CallId; readonly call: CallSummary | null }[], void, undefined> {
    const { from, before } = idRange(filter, cursor, this.wallMs() - this.options.retentionDays * DAY_MS + 1);
    for (const day of await this.files.days(tenantId)) {
      if (day < dayOf(from) || (isUlid(before) && day > dayOf(before))) continue;
      const ids = (await this.files.calls(tenantId, day)).filter((id) => id >= from && id < before);
      for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
        yield await Promise.all(ids.slice(at, at + READ_AT_ONCE).map(async (callId) => ({ callId, call: await this.summary(tenantId, callId) })));
      }
    }
  }

  private async summary(tenantId: TenantId, callId: CallId): Promise<CallSummary | null> {
    const known = this.summaries.get(tenantId, callId);
    if (known !== null) return known;
    const call = summaryIn(await this.files.read(tenantId, callId) ?? '');
    if (call?.state === 'ended') this.summaries.put(call); // another process may still write what goes on
    return call;
  }

  private async content(tenantId: TenantId, callId: CallId): Promise<CallContent> {
    const look = await this.files.look(tenantId, callId);
    const known = look === null ? null : this.stories.get(tenantId, callId, look);
    if (known !== null) return known;
    const text = look === null ? '' : await this.files.read(tenantId, callId) ?? '';
    const content = contentOf(text);
    if (look !== null && content.call !== null) this.stories.put(tenantId, callId, { file: look.file, sizeBytes: Buffer.byteLength(text), content });
    return content;
  }

  private async write({ tenantId, callId, call, events }: HistoryStep): Promise<void> {
    const text = linesOf(call, this.wordsAreGone(callId) ? events.map(wordless) : events);
    await this.files.append(tenantId, callId, text);
    this.stories.added(tenantId, callId, text);
    if (call !== null) this.summaries.put(call);
  }

  private async forgetWords(tenantId: TenantId, callId: CallId): Promise<boolean> {
    const text = await this.files.read(tenantId, callId) ?? '';
    const { call, events } = contentOf(text);
    const bare = linesOf(call, events.map(wordless));
    if (bare === text) return false;
    await this.files.replace(tenantId, callId, bare);
    return true;
  }

  private wordsAreGone(callId: CallId): boolean {
    return this.isPast(callId, this.options.transcriptDays);
  }

  private isPast(callId: CallId, days: number): boolean {
    return this.wallMs() - ulidTimeMs(callId) >= days * DAY_MS;
  }

  private wallMs(): number {
    return Date.parse(this.options.clock.wallTime());
  }

  private exclusive<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(act);
    this.last = done.catch(() => undefined); // the one who asked is told; those who come after start fresh
    return done;
  }

  private async act<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (isPortError(error)) throw error;
      if (signal.aborted) throw new PortError('the request was aborted', { code: 'call-history/aborted', kind: 'timeout', retryable: false });
      throw new PortError('the history of calls cannot be read or written', { code: 'call-history/unavailable', kind: 'unavailable', cause: error });
    }
  }
}

/** One step per call, so that each file is opened once. */
function merged(steps: readonly HistoryStep[]): ReadonlyMap<string, HistoryStep> {
  const calls = new Map<string, HistoryStep>();
  for (const step of steps) {
    const key = `${step.callId}/${step.tenantId}`;
    const before = calls.get(key);
    calls.set(key, before === undefined ? step : { ...before, call: step.call ?? before.call, events: [...before.events, ...step.events] });
  }
  return calls;
}
