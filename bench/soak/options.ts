import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly calls: number;
  /** Callers, each nearly always in a call until all calls have been made. */
  readonly atOnce: number;
  /** Calls before growth is measured: caches fill, code is compiled. */
  readonly warmUp: number;
  /** Through a real Asterisk. */
  readonly asterisk: boolean;
  readonly jsonFile: string | undefined;
  /** Directory for snapshots of the heap after the warm-up and at the end. */
  readonly snapshots: string | undefined;
}

export const USAGE = `npm run bench -- soak [options]
  --calls N        calls in all (2000; with --asterisk 300)
  --at-once N      calls at one time (50; with --asterisk 20)
  --warm-up N      calls before growth is measured, on top (300)
  --asterisk       through a real Asterisk instead of a protocol-level one; growth is not measured then
  --snapshots DIR  write snapshots of the gateway's heap there, after the warm-up and at the end
  --json FILE      also write the figures there
`;

const CALLS_MAX = 100_000;
const AT_ONCE_MAX = 1000;

/** @throws Error whose message is for the user. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string' }, 'at-once': { type: 'string' }, 'warm-up': { type: 'string', default: '300' },
      asterisk: { type: 'boolean', default: false }, snapshots: { type: 'string' }, json: { type: 'string' },
    },
  });
  const { asterisk } = values;
  return {
    calls: wholeNumber('--calls', values.calls ?? (asterisk ? '300' : '2000'), CALLS_MAX),
    atOnce: wholeNumber('--at-once', values['at-once'] ?? (asterisk ? '20' : '50'), AT_ONCE_MAX),
    warmUp: wholeNumber('--warm-up', values['warm-up'], CALLS_MAX),
    asterisk, snapshots: values.snapshots, jsonFile: values.json,
  };
}

function wholeNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${option} takes a whole number from 1 to ${max}`);
  return value;
}
