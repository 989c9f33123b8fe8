import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { SPEECH_PROVIDERS } from '../../src/composition/speech-providers.js';
import { LOOPBACKS } from './loopbacks.js';
import { measureProvider, type ProviderFigures } from './measure.js';
import type { Quantiles } from './quantiles.js';

const USAGE = `npm run bench -- providers [options]
  --only NAMES    providers, with commas between (all)
  --streams N     callers at one time (200)
  --json FILE     also write the figures there
`;
const OVERHEAD_P50_MS_MAX = 2;
const IDLE_KB_MAX = 300;

/** What the adapters of speech providers cost, against servers on the loopback; 0 when all goals were reached. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) { process.stdout.write(USAGE); return 0; }
  const { names, streams, jsonFile } = providerOptions(args);
  v8.setFlagsFromString('--expose-gc');
  globalThis.gc = vm.runInNewContext('gc') as NodeJS.GCFunction; // memory is judged after what is garbage has gone
  process.stdout.write(`node ${process.version}, ${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}, load average ${os.loadavg()[0]?.toFixed(1) ?? '?'}\n`);
  const all: ProviderFigures[] = [];
  for (const name of names) {
    const provider = SPEECH_PROVIDERS[name];
    if (provider === undefined || LOOPBACKS[name] === undefined) throw new Error(`there is no provider ${name}; there are ${Object.keys(LOOPBACKS).join(', ')}`);
    const figures = await measureProvider(name, provider, streams);
    all.push(figures);
    process.stdout.write(`${line(figures)}\n`);
  }
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(all, null, 2)}\n`);
  return all.every(isGood) ? 0 : 1;
}

interface ProviderOptions {
  readonly names: readonly string[];
  readonly streams: number;
  readonly jsonFile: string | undefined;
}

/** @throws Error whose message is for the user. */
function providerOptions(args: readonly string[]): ProviderOptions {
  const { values } = parseArgs({ args: [...args], options: { only: { type: 'string' }, streams: { type: 'string', default: '200' }, json: { type: 'string' } } });
  const streams = Number(values.streams);
  if (!Number.isInteger(streams) || streams < 1 || streams > 1000) throw new Error(`--streams takes a whole number from 1 to 1000, not ${values.streams}`);
  return { names: values.only?.split(',') ?? Object.keys(LOOPBACKS), streams, jsonFile: values.json };
}

function isGood({ streams, understood, wordMs, finalMs, idleKb }: ProviderFigures): boolean {
  return understood === streams && (wordMs ?? finalMs).p50 <= OVERHEAD_P50_MS_MAX && idleKb <= IDLE_KB_MAX;
}

function line(figures: ProviderFigures): string {
  const { provider, streams, understood, wordMs, finalMs, crowdFinalMs, firstAudioMs, idleKb, cpuMsPerStreamAndS, detection } = figures;
  const shown = (quantiles: Quantiles | null): string => (quantiles === null ? '–' : `p50 ${quantiles.p50.toFixed(1)}, p99 ${quantiles.p99.toFixed(1)} ms`);
  return `${isGood(figures) ? 'ok  ' : 'MISS'}  ${provider.padEnd(11)} word ${shown(wordMs)}; final ${shown(finalMs)}; ${understood} of ${streams} at once understood, final ${shown(crowdFinalMs)}; `
    + `first audio ${shown(firstAudioMs)}; ${idleKb.toFixed(0)} KB per idle stream; ${cpuMsPerStreamAndS.toFixed(2)} ms CPU per stream and s`
    + (detection === null ? '' : `; voice ${shown(detection.startedMs)}, ${detection.faultless} of ${streams} without a fault, ${detection.streamKb.toFixed(0)} KB and ${detection.cpuMsPerStreamAndS.toFixed(2)} ms CPU per detection`);
}
