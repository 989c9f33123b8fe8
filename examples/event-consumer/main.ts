import { writeFile } from 'node:fs/promises';
import { CallTable } from './call-table.js';
import { readRecord } from './event-record.js';
import { readTopics } from './kafka-source.js';
import { type Options, readOptions, USAGE, UsageError } from './options.js';
import { printedTable } from './print-table.js';

/* The process: topics in, a table out, an end when all is read (or on SIGINT with --follow). */

async function start(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) { process.stdout.write(USAGE); return; }
  const table = new CallTable();
  const source = await readTopics({ brokers: options.brokers, prefix: options.prefix, onRecord: (record) => { table.add(readRecord(record)); } });
  try {
    await source.caughtUp;
    await show(table, options);
    if (options.followMs !== null) await follow(table, options, options.followMs);
  } finally {
    await source.close();
  }
}

async function follow(table: CallTable, options: Options, intervalMs: number): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => { stop.abort(); });
  process.once('SIGTERM', () => { stop.abort(); });
  let shown = table.counts.records;
  while (!stop.signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, intervalMs);
      stop.signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
    if (table.counts.records === shown) continue;
    shown = table.counts.records;
    await show(table, options);
  }
}

async function show(table: CallTable, { jsonFile }: Options): Promise<void> {
  process.stdout.write(`${printedTable(table.rows(), table.counts)}\n`);
  if (jsonFile !== null) await writeFile(jsonFile, `${JSON.stringify({ ...table.counts, calls: table.rows() }, undefined, 2)}\n`);
}

start().catch((error: unknown) => {
  const told = error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error instanceof Error ? error.message : String(error);
  process.stderr.write(`event-consumer: ${told}\n`);
  process.exitCode = 1;
});
