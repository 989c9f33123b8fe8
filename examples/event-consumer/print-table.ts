import type { CallRow, Counts } from './call-table.js';

const ROWS_MAX = 50;
const HEADINGS = ['call', 'tenant', 'began', 'seconds', 'turns', 'cut', 'median ms', 'worst ms', 'errors', 'end'];

/** The last calls as text, and what was counted. */
export function printedTable(rows: readonly CallRow[], counts: Counts): string {
  const shown = rows.slice(-ROWS_MAX);
  const lines = [HEADINGS, ...shown.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const table = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  const hidden = rows.length > shown.length ? [`(${rows.length - shown.length} earlier calls are not shown)`] : [];
  return [...table, ...hidden, '', summary(rows, counts), ''].join('\n');
}

function cells({ callId, tenantId, startedAt, durationMs, turns, errors, reason }: CallRow): readonly string[] {
  const latencies = turns.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs])).sort((one, other) => one - other);
  return [
    callId, tenantId === '' ? '-' : tenantId, startedAt.slice(0, 'YYYY-MM-DDThh:mm:ss'.length), durationMs === null ? '-' : (durationMs / 1000).toFixed(1),
    String(turns.filter(({ turnIndex }) => turnIndex > 0).length), String(turns.filter(({ interrupted }) => interrupted).length),
    milliseconds(latencies[Math.floor((latencies.length - 1) / 2)]), milliseconds(latencies.at(-1)), String(errors), reason ?? 'goes on',
  ];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : String(Math.round(value));
}

function summary(rows: readonly CallRow[], { records, events, duplicates, outOfOrder, missing, foreign }: Counts): string {
  return `${rows.length} calls, ${events} events in ${records} records: ${duplicates} repetitions dropped, ${outOfOrder} out of order, ${missing} missing, ${foreign} foreign`;
}
