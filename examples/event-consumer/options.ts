import { parseArgs } from 'node:util';

export interface Options {
  readonly brokers: readonly string[];
  readonly prefix: string;
  /** Null: read what is there, print, end. */
  readonly followMs: number | null;
  /** Where the result goes as JSON; null: nowhere. */
  readonly jsonFile: string | null;
}

/** Told to the user as it is, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const FOLLOW_MS = 2000;

export const USAGE = `usage: event-consumer --brokers HOST:PORT[,HOST:PORT…] [options]

Reads the gateway's events from Kafka from the beginning and builds a table of calls, turns and latencies.

  --brokers LIST   brokers to begin with
  --prefix NAME    prefix of the topics, default voicegw (the gateway's events.kafka.topicPrefix)
  --follow         go on, and print the table again every two seconds when it has changed; Ctrl-C ends it
  --json FILE      write calls, turns and counts as JSON too
`;

/** Throws UsageError. Null: help was asked for. */
export function readOptions(argv: readonly string[]): Options | null {
  const values = parse(argv);
  if (values.help === true) return null;
  const brokers = (values.brokers ?? '').split(',').map((broker) => broker.trim()).filter((broker) => broker !== '');
  if (brokers.length === 0) throw new UsageError('--brokers is missing: where is Kafka?');
  return { brokers, prefix: values.prefix ?? 'voicegw', followMs: values.follow === true ? FOLLOW_MS : null, jsonFile: values.json ?? null };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv], strict: true, allowPositionals: false,
      options: { brokers: { type: 'string' }, prefix: { type: 'string' }, follow: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
