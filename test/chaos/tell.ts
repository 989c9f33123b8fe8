import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { DEPENDENCIES } from '../support/chaos/chaos-world.js';
import { FAULTS } from '../support/chaos/faults.js';
import { machine } from '../support/load/machine-load.js';
import { contractOf, PHASES } from './contract.js';
import type { CaseResult } from './judge.js';

/** One row for each dependency and fault, one column for each phase. */
export function chaosTable(cases: readonly CaseResult[]): string {
  const rows = DEPENDENCIES.flatMap((dependency) => FAULTS.map((fault) => {
    const cells = PHASES.map((phase) => cases.find((one) => one.dependency === dependency && one.fault === fault && one.phase === phase));
    return cells.every((cell) => cell === undefined) ? '' : `| ${dependency} | ${fault} | ${cells.map((cell) => (cell === undefined ? '' : cell.ok ? 'ok' : 'FAILED')).join(' | ')} |`;
  })).filter((row) => row !== '');
  return [`| dependency | fault | ${PHASES.join(' | ')} |`, `|---|---|${PHASES.map(() => '---').join('|')}|`, ...rows, ''].join('\n');
}

export function summary(cases: readonly CaseResult[], tookS: number): string {
  const failed = cases.filter(({ ok }) => !ok).length;
  return `${cases.length} cases, ${cases.length - failed} ok, ${failed} failed, in ${Math.floor(tookS / 60)} min ${Math.round(tookS % 60)} s`;
}

export function chaosDocument(cases: readonly CaseResult[], tookS: number, lanes: number): string {
  const { cpu, cpus, node } = machine();
  return [
    '# Chaos', '', '<!-- Written by `npm run chaos -- --docs` from a run. Do not edit. -->', '',
    ...INTRODUCTION, '',
    `Run of ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC at ${commit()} on ${cpus} × ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GB, ${process.platform} ${os.release()}, Node.js ${node}; ${lanes} gateways at a time.`,
    `**${summary(cases, tookS)}.**`, '', chaosTable(cases), '## What was seen', '',
    '| case | | seen |', '|---|---|---|', ...cases.map(({ name, ok, detail }) => `| ${name} | ${ok ? 'ok' : 'FAILED'} | ${detail.replaceAll('|', '\\|')} |`), '',
    '## What each case promises', '', '| dependency | fault | lasts | readiness | calls that talk | a call that rings | operators see |', '|---|---|---|---|---|---|---|',
    ...DEPENDENCIES.flatMap((dependency) => FAULTS.map((fault) => {
      const { holdMs, readiness, talk, ringing, metric } = contractOf({ dependency, fault });
      return `| ${dependency} | ${fault} | ${holdMs / 1000} s | ${readiness === 'flips' ? '503' : '200'} | ${talk} | ${ringing} | \`${metric}\` |`;
    })), '',
  ].join('\n');
}

const INTRODUCTION = [
  'Everything the gateway depends on fails in every way, with a call in each phase: `npm run chaos` runs it again, `make chaos` sets up first.',
  'The gateway is a process of its own with its usual settings, except that speech is deterministic and in process; between it and each',
  'dependency stands a TCP proxy that can refuse, hang (swallow), reset, be slow (answers 2 s late) and answer garbage. Asterisk is the',
  'protocol-level fake of the tests, with callers who speak and listen over RTP; Redis and Kafka are real.', '',
  'A case is ok when all of this holds: the fault was met; no call was dropped by it; the conversation goes on after it (or, with the agent',
  'away, the caller hears a fallback and is handed over); exactly one end reason; readiness as below, and 200 again within 6 s of the lift; no',
  'channel, bridge, leg, call or timer left; every event there once after de-duplication, in order per call; event loop p99 ≤ 100 ms; memory',
  '+ ≤ 64 MB; the metric that operators watch has moved.',
];

function commit(): string {
  try {
    const hash = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    return execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], { encoding: 'utf8' }).trim() === '' ? hash : `${hash} with changes`;
  } catch {
    return 'an unknown commit'; // not a clone
  }
}
