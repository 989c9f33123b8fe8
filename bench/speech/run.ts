import { writeFile } from 'node:fs/promises';
import { machine } from '../../test/support/load/machine-load.js';
import { corpora } from './corpus.js';
import { type SpeechOptions, speechOptions, USAGE } from './options.js';
import { plannedCalls, scriptedCalls } from './plan-calls.js';
import { Random } from './random.js';
import { finalLatency, recogniseCalls } from './recognise-calls.js';
import { renderCorpus } from './render-corpus.js';
import { tableOf } from './report-table.js';
import { speechReport, type SpeechReport } from './speech-report.js';
import type { SpokenCall } from './spoken-call.js';
import { telephoneMean } from './telephone-mean.js';

/** Measured at the pace of speech: a minute or two. */
const LATENCY_CALLS = 12;
const MEAN_CALLS_PER_VOICE = 5;
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
  progress('rendering the voices');
  const texts = [...new Set(all.flatMap(({ sentences, foreign }) => [...sentences.map(({ spoken }) => spoken), ...foreign]))];
  const rendered = await renderCorpus(texts, options.voices);
  const plan = { corpora: all, rendered, options, random };
  const scripted = scriptedCalls(plan);
  const planned = plannedCalls(plan);
  const calls = [...scripted, ...planned];
  const { hearings, figures } = await recogniseCalls(calls, options.pace, (done) => {
    if (done % PROGRESS_EVERY_CALLS === 0) progress(`${done} of ${calls.length} calls heard`);
  });
  progress('final latency at the pace of speech');
  const finalLatencyMs = await finalLatency(planned.filter(isClean).slice(0, LATENCY_CALLS));
  const telephone = options.voices.flatMap((voice) => planned.filter((call) => isClean(call) && call.voice === voice).slice(0, MEAN_CALLS_PER_VOICE));
  return speechReport({ machine: machine(), hearings, recognition: figures, synthesis: rendered.synthesis, finalLatencyMs, telephoneMean: telephoneMean(telephone) });
}

function isClean({ condition }: SpokenCall): boolean {
  return condition === 'clean';
}
