import { parseArgs } from 'node:util';

export interface OverloadOptions {
  /** Calls the node may have. As many callers again are refused. */
  readonly limit: number;
  /** Each is measured without the refused callers and with them. */
  readonly rounds: number;
  /** Measured time of each half of a round. */
  readonly seconds: number;
  /** A refused caller tries again after so long, and up to 0.6 s more. */
  readonly redialMs: number;
  readonly state: 'memory' | 'redis';
  /** Gateway on the first CPU, callers on the second. */
  readonly pin: boolean;
  readonly jsonFile: string | undefined;
}

export const USAGE = `npm run bench -- overload [options]
  --limit N        calls the node may have; as many callers again are refused (100)
  --rounds N       each is measured without the refused callers and with them (3)
  --seconds N      measured time of each half of a round (20)
  --redial-ms N    a refused caller tries again after so long, and up to 0.6 s more (1000)
  --state KIND     memory or redis: where the gateway keeps the state of calls (redis)
  --no-pin         do not tie gateway and callers to a CPU each
  --json FILE      also write the figures there
`;

/** @throws Error whose message is for the user. */
export function overloadOptions(args: readonly string[]): OverloadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      limit: { type: 'string', default: '100' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '20' },
      'redial-ms': { type: 'string', default: '1000' }, state: { type: 'string', default: 'redis' }, 'no-pin': { type: 'boolean', default: false }, json: { type: 'string' },
    },
  });
  const { state } = values;
  if (state !== 'memory' && state !== 'redis') throw new Error(`--state is memory or redis, not ${state}`);
  return {
    limit: wholeNumber('--limit', values.limit, 5000), rounds: wholeNumber('--rounds', values.rounds, 100), seconds: wholeNumber('--seconds', values.seconds, 3600),
    redialMs: wholeNumber('--redial-ms', values['redial-ms'], 60_000), state, pin: !values['no-pin'], jsonFile: values.json,
  };
}

function wholeNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${option} takes a whole number from 1 to ${max}`);
  return value;
}
