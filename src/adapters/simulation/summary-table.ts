import type { CallReport } from '../../domain/simulation/call-report.js';
import { percentile } from '../../domain/simulation/measure-call.js';
import type { Ink, Paint } from './paint.js';

/** Calls told one by one; of more only the faulty ones and the whole. */
const ROWS_MAX = 25;
const HEADINGS = ['call', 'result', 'greeting', 'response p50', 'slowest', 'stop', 'longest gap', 'ended as'] as const;

/** What came out of all calls: a table, then every fault in full. */
export function summaryTable(reports: readonly CallReport[], paint: Paint): string {
  const shown = reports.length <= ROWS_MAX ? reports : reports.filter(({ ok }) => !ok).slice(0, ROWS_MAX);
  const rows = [[...HEADINGS], ...shown.map(rowOf), ...(reports.length > 1 ? [totalOf(reports)] : [])];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row, index) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
    return index === 0 ? paint('bold', cells) : paint(inkOf(row[1] ?? ''), cells);
  });
  return [...lines, ...faultsOf(reports, paint), ''].join('\n');
}

function inkOf(result: string): Ink {
  return result.startsWith('failed') ? 'red' : 'green';
}

function rowOf(report: CallReport): string[] {
  const all = [...report.responseMs, ...report.digitResponseMs];
  return [
    report.name, report.ok ? 'ok' : 'failed', ms(report.greetingMs), ms(percentile(report.responseMs, 0.5)), ms(all.length === 0 ? null : Math.max(...all)),
    ms(report.stopMs.length === 0 ? null : Math.max(...report.stopMs)), report.answered ? ms(report.maxGapMs) : '–', report.endReason ?? '–',
  ];
}

function totalOf(reports: readonly CallReport[]): string[] {
  const failed = reports.filter(({ ok }) => !ok).length;
  const responses = reports.flatMap(({ responseMs }) => responseMs);
  const all = [...responses, ...reports.flatMap(({ digitResponseMs }) => digitResponseMs)];
  const stops = reports.flatMap(({ stopMs }) => stopMs);
  const greetings = reports.flatMap(({ greetingMs }) => greetingMs ?? []);
  return [
    `${reports.length} calls`, failed === 0 ? 'ok' : `failed: ${failed}`, ms(most(greetings)), ms(percentile(responses, 0.5)), ms(most(all)),
    ms(most(stops)), ms(most(reports.map(({ maxGapMs }) => maxGapMs))), '',
  ];
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

function ms(value: number | null): string {
  return value === null ? '–' : `${Math.round(value)} ms`;
}

function faultsOf(reports: readonly CallReport[], paint: Paint): string[] {
  return reports.filter(({ ok }) => !ok).flatMap((report) => [
    '', paint('red', `${report.name} (${report.script}) is not as expected:`), ...report.failures.map((failure) => `  ✘ ${failure}`),
    ...(report.recording === null ? [] : [paint('dim', `  listen: ${report.recording}`)]),
    ...(report.eventLog === null ? [] : [paint('dim', `  read:   ${report.eventLog}`)]),
  ]);
}
