import { loadavg } from 'node:os';
import { writeFile } from 'node:fs/promises';
import { machine } from '../../test/support/load/machine-load.js';
import { corpora } from './corpus.js';
import { type SpeechOptions, speechOptions, USAGE } from './options.js';
import { plannedCalls, scriptedCalls } from './plan-calls.js';
import { Random } from './random.js';
import { decoderBytes } from './decoder-bytes.js';
import { hearCalls } from './hear-calls.js';
import { renderCorpus } from './render-corpus.js';
import { tableOf } from './report-table.js';
import { speakCalls } from './speak-calls.js';
import { speechReport, type SpeechReport } from './speech-report.js';
import type { SpokenCall } from './spoken-call.js';
import { telephoneMean } from './telephone-mean.js';

const MEAN_CALLS_PER_VOICE = 3;
const PROGRESS_EVERY_CALLS = 50;

/**
 * How well the local recogniser understands synthetic callers on telephone lines, how soon and at what cost, and how soon the
 * local synthesiser speaks. Returns 0 when every line of examples/calls was understood every time.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = speechOptions(args);
  const report = await measure(options, (line) => { process.stderr.write(`${line}\n`); });
  process.stdout.write(`${tableOf(report)}\n`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.verdict.ok ? 0 : 1;
}

async function measure(options: SpeechOptions, progress: (line: string) => void): Promise<SpeechReport> {
  const random = new Random(options.seed);
  const all = corpora(random);
  const plan = { corpora: all, options, random };
  const planned = plannedCalls(plan);
  const calls = [...scriptedCalls(plan), ...planned];
  const loadBefore = loadavg()[0] ?? 0;
  progress(`rendering what is said in ${calls.length} calls`);
  const { clips, synthesis } = await renderCorpus(calls);
  const { hearings, cpuTimesRealTime } = await hearCalls(calls, clips, (done) => {
    if (done % PROGRESS_EVERY_CALLS === 0) progress(`${done} of ${calls.length} calls heard`);
  });
  const known = planned.filter(isClean).map((call) => ({ ...call, sentences: call.sentences.filter(({ words }) => words !== '') })).filter(({ sentences }) => sentences.length > 0);
  progress('one call at a time');
  const alone = await speakCalls(known.slice(0, options.latencyCalls), { clips, callsAtOnce: 1, threads: 1 });
  progress(`${options.calls} calls at a time`);
  const together = await speakCalls(random.shuffled(known).slice(0, options.calls), { clips, callsAtOnce: options.calls, threads: options.threads });
  const loads = [loadBefore, loadavg()[0] ?? 0] as const;
  const telephone = options.voices.flatMap((voice) => planned.filter((call) => isClean(call) && call.voice === voice).slice(0, MEAN_CALLS_PER_VOICE));
  return speechReport({
    machine: machine(), loads, hearings, cpuTimesRealTime, alone, together, synthesis, decoderBytes: decoderBytes(all), telephoneMean: telephoneMean(telephone, clips),
  });
}

function isClean({ condition }: SpokenCall): boolean {
  return condition === 'clean';
}
