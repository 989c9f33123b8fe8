import { parseArgs } from 'node:util';
import type { MediaIo } from '../../src/adapters/media/media-protocol.js';

export interface MediaBenchOptions {
  readonly legs: readonly number[];
  readonly seconds: number;
  readonly io: MediaIo;
  /** Stalls of the main thread, one run for each; 0 is none. */
  readonly stallsMs: readonly number[];
  readonly jsonFile: string | undefined;
  /** CPU numbers, or undefined to let the system choose. */
  readonly gatewayCpu: number | undefined;
  readonly generatorCpu: number | undefined;
}

export const USAGE = `npm run bench -- media [options]
  --legs N[,N...]      RTP legs, a run for each number (1000)
  --seconds N          measured time per run, after 2 s of warming up (10)
  --io batched|dgram   packet I/O of the gateway (batched)
  --stall-ms N[,N...]  main thread blocked so long once a second, a run for each (0,150)
  --gateway-cpu N      core of the gateway (0), or "any"
  --generator-cpu N    core of the generator (1), or "any"
  --json FILE          also write the figures there
`;

const LEGS_MAX = 10_000;
const SECONDS_MAX = 600;

/** @throws Error whose message is for the user. */
export function mediaBenchOptions(args: readonly string[]): MediaBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      legs: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '10' },
      io: { type: 'string', default: 'batched' },
      'stall-ms': { type: 'string', default: '0,150' },
      'gateway-cpu': { type: 'string', default: '0' },
      'generator-cpu': { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  if (values.io !== 'batched' && values.io !== 'dgram') throw new Error(`--io is batched or dgram, not ${values.io}`);
  return {
    legs: numbers('--legs', values.legs, 1, LEGS_MAX),
    seconds: numbers('--seconds', values.seconds, 1, SECONDS_MAX)[0] ?? 1,
    io: values.io,
    stallsMs: numbers('--stall-ms', values['stall-ms'], 0, 900),
    jsonFile: values.json,
    gatewayCpu: cpu('--gateway-cpu', values['gateway-cpu']),
    generatorCpu: cpu('--generator-cpu', values['generator-cpu']),
  };
}

function numbers(option: string, text: string, min: number, max: number): readonly number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value) || value < min || value > max)) {
    throw new Error(`${option} takes whole numbers from ${min} to ${max}, separated by commas`);
  }
  return values;
}

function cpu(option: string, text: string): number | undefined {
  return text === 'any' ? undefined : numbers(option, text, 0, 1023)[0];
}
