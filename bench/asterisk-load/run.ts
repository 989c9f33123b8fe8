import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runAsteriskLoad, type AsteriskLoadReport } from '../../test/support/load/asterisk-load.js';
import { machine } from '../../test/support/load/machine-load.js';

const USAGE = `npm run bench -- asterisk-load [options]
  --calls N        simulated calls, all at once (50)
  --stagger-ms N   between the first rings of two calls (100)
  --json FILE      also write the figures there
`;
const CALLS_MAX = 400; // what one block of RTP ports holds

/** Simulated calls through a real Asterisk and a gateway with deterministic speech. Returns 0 when all went well and nothing was left. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { calls: { type: 'string', default: '50' }, 'stagger-ms': { type: 'string', default: '100' }, json: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const calls = Number(values.calls);
  const staggerMs = Number(values['stagger-ms']);
  if (values.help || !Number.isInteger(calls) || calls < 1 || calls > CALLS_MAX || !Number.isInteger(staggerMs) || staggerMs < 0) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const startedAtMs = performance.now();
  const report = await runAsteriskLoad({ calls, staggerMs });
  const seconds = (performance.now() - startedAtMs) / 1000;
  process.stdout.write(`${linesOf(report, seconds).join('\n')}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ bench: 'asterisk-load', at: new Date().toISOString(), machine: machine(), seconds, ...report }, null, 2)}\n`);
  const failed = report.calls.filter(({ ok }) => !ok).length + Math.max(0, calls - report.calls.length);
  return failed === 0 && Object.values(report.leftovers).every((left) => left === 0) ? 0 : 1;
}

function linesOf(report: AsteriskLoadReport, seconds: number): readonly string[] {
  const { calls, gateway, sent, leftovers } = report;
  const failed = calls.filter(({ ok }) => !ok);
  const responses = calls.flatMap((call) => call.response_ms).sort((a, b) => a - b);
  const stops = calls.flatMap((call) => call.stop_ms).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number): string => sorted.length === 0 ? '-' : (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  const { turnLatencyMs } = gateway.events;
  return [
    `calls                        ${calls.length}, at once at most ${report.callsAtOnceMax}; failed ${failed.length}; ${seconds.toFixed(0)} s with start and end`,
    ...failed.slice(0, 5).map(({ name, failures }) => `  ${name}: ${failures.join('; ')}`),
    `response heard by callers    p50 ${at(responses, 0.5)}, p99 ${at(responses, 0.99)} ms (${responses.length})`,
    `silence after barge-in       p50 ${at(stops, 0.5)}, p99 ${at(stops, 0.99)} ms (${stops.length})`,
    `turn latency by events       p50 ${turnLatencyMs.totalMs?.p50.toFixed(0) ?? '-'}, p99 ${turnLatencyMs.totalMs?.p99.toFixed(0) ?? '-'} ms`,
    'notMeasured' in sent ? `intervals of frames sent     not measured: ${sent.notMeasured}`
      : `intervals of frames sent     p50 ${sent.intervalMs.p50.toFixed(2)}, p99 ${sent.intervalMs.p99.toFixed(2)}, p99.9 ${sent.intervalMs.p999.toFixed(2)}, max ${sent.intervalMs.max.toFixed(1)} ms; ${(sent.within5Ms * 100).toFixed(2)} % within 20 ± 5 ms (${sent.intervalMs.count})`,
    `gateway                      CPU ${gateway.process.cpuMsPerS.toFixed(0)} ms/s, main thread late by p99 ${gateway.process.eventLoopDelayMs.p99.toFixed(1)} ms, RSS ${(gateway.process.rssBytes / 2 ** 20).toFixed(0)} MB`,
    `Asterisk, simulator          CPU ${report.cpuMsPerS.asterisk.toFixed(0)} and ${report.cpuMsPerS.simulator.toFixed(0)} ms/s`,
    `gateway metrics              ${Object.entries(gateway.metrics).map(([name, value]) => `${name} ${value}`).join(', ')}`,
    `gateway warnings             ${Object.entries(gateway.warnings).map(([message, count]) => `${message} ${count}`).join(', ') || 'none'}`,
    `left over                    ${Object.entries(leftovers).map(([name, count]) => `${name} ${count}`).join(', ')}`,
    `other programs               CPU ${report.othersCpuMsPerS.toFixed(0)} ms/s meanwhile`,
  ];
}
