import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { orAborted } from '../../application/lifecycle/or-aborted.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { PublishedEvents } from '../../application/ports/published-events.js';
import type { DomainEvent } from '../../domain/shared/domain-event.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { callsIn, wholeLines, withoutCalls } from './event-lines.js';
import type { EventLog } from './event-log.js';
import type { EventLogFiles, Place } from './event-log-files.js';

const FILE_MODE = 0o640;
const NEWLINE = 0x0a;
/** Calls whose late events are kept out, the last ones: what comes late comes within seconds. */
const ERASED_CALLS_MAX = 10_000;

export interface EventErasureOptions {
  readonly log: Pick<EventLog, 'completeParts'>;
  readonly files: EventLogFiles;
  /** Everything published before is in the files then. */
  readonly flush: (signal: AbortSignal) => Promise<void>;
}

/**
 * Takes events out of an event log. Parts are written anew beside the old ones, which they then replace: a crash leaves the one or
 * the other. The newest goes first and the beginning of a call, which has the number, last: an erasure that was cut off finds the rest again.
 */
export class EventErasure implements PublishedEvents {
  private readonly erased = new Set<string>();
  private readonly ending = new AbortController();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EventErasureOptions) {}

  callsOf(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    return this.act(signal, async (limit) => {
      await this.options.flush(limit);
      const found: CallId[] = [];
      const places = await this.options.files.list();
      for (const place of places) {
        await this.reading(place, async (handle) => {
          for await (const lines of wholeLines(handle, limit)) found.push(...callsIn(place === places.at(-1) ? asWritten(lines) : lines, tenantId, number));
        });
      }
      return found;
    });
  }

  erase(tenantId: TenantId, callIds: ReadonlySet<CallId>, signal: AbortSignal): Promise<number> {
    if (callIds.size === 0) return Promise.resolve(0);
    return this.act(signal, async (limit) => {
      const { log, files, flush } = this.options;
      await flush(limit);
      this.keepOut(tenantId, callIds); // what is on its way until here comes before the end of the parts
      await files.removeUnfinished();
      let events = 0;
      for (const place of [...await log.completeParts()].reverse()) {
        const there = await this.count(place, { tenantId, callIds }, limit);
        if (there > 0) events += await this.rewrite(place, { tenantId, callIds }, limit);
      }
      return events;
    });
  }

  /** Whether its call was erased: it must not be written any more. */
  isErased({ tenantId, callId, body }: DomainEvent): boolean {
    return this.erased.has(keyOf(tenantId, callId)) && body.type !== 'recording.erased';
  }

  /** What is under way is given up between two parts, or in the middle of one that then stays as it was. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.last;
  }

  private keepOut(tenantId: TenantId, callIds: ReadonlySet<CallId>): void {
    for (const callId of callIds) this.erased.add(keyOf(tenantId, callId));
    for (const oldest of this.erased) {
      if (this.erased.size <= ERASED_CALLS_MAX) return;
      this.erased.delete(oldest);
    }
  }

  private async count(place: Place, { tenantId, callIds }: Wanted, signal: AbortSignal): Promise<number> {
    let events = 0;
    await this.reading(place, async (handle) => {
      for await (const lines of wholeLines(handle, signal)) events += withoutCalls(lines, tenantId, callIds).events;
    });
    return events;
  }

  private async rewrite(place: Place, wanted: Wanted, signal: AbortSignal): Promise<number> {
    const { files } = this.options;
    const unfinished = files.unfinishedPathOf(place);
    let events = 0;
    await this.reading(place, async (old) => {
      const target = await open(unfinished, 'wx', FILE_MODE);
      try {
        try {
          events = await copyWithout(old, target, wanted, signal);
        } finally {
          await target.close();
        }
        await rename(unfinished, await realpath(files.pathOf(place)));
        await files.syncDirectory();
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    });
    return events;
  }

  /** Not at all where somebody has removed it meanwhile, or put something else in its place. */
  private async reading(place: Place, work: (handle: FileHandle) => Promise<void>): Promise<void> {
    const handle = await open(this.options.files.pathOf(place), 'r').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) return;
    try {
      if ((await handle.stat()).isFile()) await work(handle);
    } finally {
      await handle.close();
    }
  }

  /** One at a time. */
  private async act<Result>(signal: AbortSignal, work: (limit: AbortSignal) => Promise<Result>): Promise<Result> {
    const limit = AbortSignal.any([signal, this.ending.signal]);
    const done = this.last.then(() => { limit.throwIfAborted(); return work(limit); });
    this.last = done.catch(() => undefined); // the one who asked is told, below
    try {
      return await orAborted(done, limit);
    } catch (cause) {
      if (isPortError(cause)) throw cause;
      if (limit.aborted) throw new PortError('the events were not all looked through', { code: 'events/timeout', kind: 'timeout', cause });
      throw new PortError('the event log cannot be written anew', { code: 'events/unwritable', kind: 'unavailable', cause });
    }
  }
}

interface Wanted {
  readonly tenantId: TenantId;
  readonly callIds: ReadonlySet<CallId>;
}

function keyOf(tenantId: TenantId, callId: CallId): string {
  return `${callId}/${tenantId}`;
}

/** Without a last line that is being written: of a number that is half there nobody knows whose it is. */
function asWritten(lines: Buffer): Buffer {
  return lines.subarray(0, lines.lastIndexOf(NEWLINE) + 1);
}

/** With the times of the old file: whoever removes old ones goes by them. On the disk when it resolves. */
async function copyWithout(old: FileHandle, target: FileHandle, { tenantId, callIds }: Wanted, signal: AbortSignal): Promise<number> {
  let events = 0;
  for await (const lines of wholeLines(old, signal)) {
    const part = withoutCalls(lines, tenantId, callIds);
    events += part.events;
    for (const kept of part.kept) await target.appendFile(kept);
  }
  const { atime, mtime } = await old.stat();
  await target.utimes(atime, mtime);
  await target.sync();
  return events;
}
