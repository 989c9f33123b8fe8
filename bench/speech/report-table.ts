import type { Distribution } from '../../test/support/load/histogram.js';
import type { SpeakingFigures } from './speak-calls.js';
import type { Errors, SpeechReport } from './speech-report.js';

const MB = 1024 * 1024;

/** The report for people. */
export function tableOf(report: SpeechReport): string {
  const { machine, synthesis, scripted, verdict } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['machine', `${machine.cpus} × ${machine.cpu}, node ${machine.node}, load ${report.loads.map((load) => load.toFixed(1)).join(' → ')}, ${report.at}`],
    ...report.errors.map((row) => [row.group === 'all' ? `sentence errors, ${row.condition}` : `  ${row.group}`, errors(row)] as const),
    ['first sentence of a call, clean', errors(report.firstOfCall)],
    ['later sentences, clean', errors(report.laterInCall)],
    ['lines of examples/calls, again and again', errors(scripted)],
    ...scripted.mistakes.map((mistake) => ['', mistake] as const),
    ...report.falseAccepts.map(({ condition, said, accepted }) => [`foreign sentences accepted, ${condition}`, `${accepted} of ${said} (${percent(accepted / Math.max(1, said))})`] as const),
    ...report.confidence.map(({ min, right, wrong, foreign }) => [`confidence of at least ${min}`, `${percent(right)} of right finals, ${percent(wrong)} of wrong ones, ${percent(foreign)} of foreign ones`] as const),
    ...[report.alone, report.together].map((figures) => [`${figures.callsAtOnce} speaking at one time, ${figures.threads} threads`, speaking(figures)] as const),
    ['recognition', `CPU ${report.cpuTimesRealTime.toFixed(3)} × real time`],
    ...report.decoderBytes.map(({ corpus, bytes }) => [`  a further decoder, ${corpus}`, `${(bytes / MB).toFixed(1)} MB`] as const),
    ['synthesis', `${synthesis.texts} texts, ${synthesis.audioS.toFixed(0)} s of audio, ${synthesis.timesRealTime.toFixed(3)} × real time, CPU ${synthesis.cpuTimesRealTime.toFixed(3)} ×`],
    ['  request → first audio', distribution(synthesis.firstAudioMs)],
    ['mean cepstrum of telephone speech', report.telephoneMean.map((value) => value.toFixed(2)).join(', ')],
    ['verdict', verdict.ok ? 'every line of examples/calls was understood' : verdict.faults.join('; ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function errors({ said, wrong, rejected, words, wordErrors }: Errors): string {
  return `${wrong} of ${said} (${percent(wrong / Math.max(1, said))})${rejected > 0 ? `, ${rejected} of them rejected` : ''}; ${wordErrors} of ${words} words (${percent(wordErrors / Math.max(1, words))})`;
}

function speaking({ said, wrong, finalLatencyMs, droppedMs }: SpeakingFigures): string {
  return `${wrong} of ${said} wrong, ${droppedMs.toFixed(0)} ms dropped, end of utterance → final ${distribution(finalLatencyMs)}`;
}

function distribution({ p50, p99, max, count }: Distribution): string {
  return `p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)}, max ${max.toFixed(0)} ms (${count})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
