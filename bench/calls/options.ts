import { parseArgs } from 'node:util';

export interface CallsOptions {
  readonly calls: number;
  readonly seconds: number;
  /** New calls a second while the load is built up. */
  readonly rampPerS: number;
  /** Where the gateway keeps the state of calls. */
  readonly state: 'memory' | 'redis';
  /** Gateway on the first CPU, callers on the second. */
  readonly pin: boolean;
  /** Of the fake Asterisk; 0 takes any. */
  readonly ariPort: number;
  /** Directory for CPU profiles of the gateway. */
  readonly profileDirectory: string | undefined;
  readonly jsonFile: string | undefined;
}

export const USAGE = `npm run bench -- calls [options]
  --calls N        simulated callers, each nearly always in a call (300)
  --seconds N      measured time, after all have called (30)
  --ramp N         new calls a second while the load is built up (25)
  --state KIND     memory or redis: where the gateway keeps the state of calls (memory)
  --no-pin         do not tie gateway and callers to a CPU each
  --ari-port N     port of the fake Asterisk (any)
  --cpu-prof DIR   write CPU profiles of the gateway's threads there
  --json FILE      also write the figures there
`;

const CALLS_MAX = 10_000;
const SECONDS_MAX = 3600;

/** @throws Error whose message is for the user. */
export function callsOptions(args: readonly string[]): CallsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '300' },
      seconds: { type: 'string', default: '30' },
      ramp: { type: 'string', default: '25' },
      state: { type: 'string', default: 'memory' },
      'no-pin': { type: 'boolean', default: false },
      'ari-port': { type: 'string', default: '0' },
      'cpu-prof': { type: 'string' },
      json: { type: 'string' },
    },
  });
  const { state } = values;
  if (state !== 'memory' && state !== 'redis') throw new Error(`--state is memory or redis, not ${state}`);
  return {
    state,
    calls: wholeNumber('--calls', values.calls, 1, CALLS_MAX),
    seconds: wholeNumber('--seconds', values.seconds, 1, SECONDS_MAX),
    rampPerS: wholeNumber('--ramp', values.ramp, 1, CALLS_MAX),
    ariPort: wholeNumber('--ari-port', values['ari-port'], 0, 0xffff),
    pin: !values['no-pin'], profileDirectory: values['cpu-prof'], jsonFile: values.json,
  };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new Error(`${option} takes a whole number from ${min} to ${max}`);
  return value;
}
