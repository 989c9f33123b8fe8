import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { getHeapSpaceStatistics } from 'node:v8';
import { setImmediate } from 'node:timers/promises';

/** What a process holds at one moment. */
export interface ProcessFootprint {
  readonly rssBytes: number;
  /** Of the main thread, after a collection where the process has `--expose-gc`. */
  readonly heapUsedBytes: number;
  /** Of these, machine code: V8 compiles more of it for many minutes. What it notes about the code comes to about as much again. */
  readonly codeBytes: number;
  /** Outside the heap and held by it, shared memory of the media thread's rings included. */
  readonly externalBytes: number;
  readonly threads: number;
  readonly sockets: number;
  readonly files: number;
  /** What keeps the event loop alive, counted by type: timers, sockets, requests. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Collects garbage first, twice: what the first collection finalises the second one frees. */
export async function processFootprint(): Promise<ProcessFootprint> {
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const codeBytes = getHeapSpaceStatistics().filter(({ space_name: name }) => name.startsWith('code_')).reduce((sum, space) => sum + space.space_used_size, 0);
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  const links = linksOf('/proc/self/fd');
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { rssBytes: rss, heapUsedBytes: heapUsed, codeBytes, externalBytes: external, threads: readdirSync('/proc/self/task').length, sockets, files: links.length - sockets, resources };
}

function linksOf(directory: string): readonly string[] {
  return readdirSync(directory).map((entry) => {
    try {
      return readlinkSync(path.join(directory, entry));
    } catch {
      return ''; // the listing itself, closed by now
    }
  }).filter((link) => link !== '');
}
