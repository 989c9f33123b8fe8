import { parseArgs } from 'node:util';

export interface ApiOptions {
  readonly calls: number;
  readonly requestsPerS: number;
  /** Each is measured without requests and with them. */
  readonly rounds: number;
  /** Measured time of each half of a round. */
  readonly seconds: number;
  readonly state: 'memory' | 'redis';
  /** Gateway on the first CPU, callers on the second. */
  readonly pin: boolean;
  /** Directory for CPU profiles of the gateway. */
  readonly profileDirectory: string | undefined;
  readonly jsonFile: string | undefined;
}

export const USAGE = `npm run bench -- api [options]
  --calls N        calls that are up meanwhile (100)
  --rate N         requests a second, lists and single calls in turn (200)
  --rounds N       each is measured without requests and with them (3)
  --seconds N      measured time of each half of a round (20)
  --state KIND     memory or redis: where the gateway keeps calls and their history (memory)
  --pin            tie gateway and callers to a CPU each: on one CPU the garbage collector marks in the time of the main thread
  --cpu-prof DIR   write CPU profiles of the gateway's threads there
  --json FILE      also write the figures there
`;

/** @throws Error whose message is for the user. */
export function apiOptions(args: readonly string[]): ApiOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '100' }, rate: { type: 'string', default: '200' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '20' },
      state: { type: 'string', default: 'memory' }, pin: { type: 'boolean', default: false }, 'cpu-prof': { type: 'string' }, json: { type: 'string' },
    },
  });
  const { state } = values;
  if (state !== 'memory' && state !== 'redis') throw new Error(`--state is memory or redis, not ${state}`);
  return {
    calls: wholeNumber('--calls', values.calls, 5000), requestsPerS: wholeNumber('--rate', values.rate, 1000), rounds: wholeNumber('--rounds', values.rounds, 100),
    seconds: wholeNumber('--seconds', values.seconds, 300), state, pin: values.pin, profileDirectory: values['cpu-prof'], jsonFile: values.json,
  };
}

function wholeNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${option} takes a whole number from 1 to ${max}`);
  return value;
}
