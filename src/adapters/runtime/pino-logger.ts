import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from '../../application/ports/logger.js';
import { isPortError } from '../../application/ports/port-error.js';
import { maskJson } from '../../domain/privacy/mask-text.js';
import { maskWords } from './number-masker.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Lines waiting for a slow reader of standard output; past it they are dropped rather than kept or waited for. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** Names of ours that are no personal data, although their digits may look like a number. */
const IDENTIFIERS = /(?:Id|Ids|^id|^node|^time|Node|File|Url|Version|^version)$/u;
const STACK_LINES_MAX = 12;

export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** On every line, for example `{ node: 'node-1' }`. */
  readonly fields?: LogFields;
  /** Standard output by default. */
  readonly destination?: DestinationStream;
}

/** One JSON object per line: level, time (ISO 8601), msg, fields, and `error` with its code, or the stack of a bug. Numbers are masked in every text. */
export class PinoLogger implements Logger {
  private constructor(
    private readonly pino: Pino,
    private readonly destination: DestinationStream,
  ) {}

  static open(options: PinoLoggerOptions): PinoLogger {
    const destination = options.destination ?? pino.destination({ dest: 1, sync: false, maxLength: QUEUE_BYTES_MAX });
    const root = pino({
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    }, destination);
    return new PinoLogger(root.child(masked(options.fields ?? {})), destination);
  }

  debug(message: string, fields?: LogFields): void {
    if (this.pino.isLevelEnabled('debug')) this.pino.debug(masked(fields), maskWords(message));
  }

  info(message: string, fields?: LogFields): void {
    if (this.pino.isLevelEnabled('info')) this.pino.info(masked(fields), maskWords(message));
  }

  warn(message: string, fields?: LogFields, error?: unknown): void {
    if (this.pino.isLevelEnabled('warn')) this.pino.warn(withError(fields, error), maskWords(message));
  }

  error(message: string, fields?: LogFields, error?: unknown): void {
    if (this.pino.isLevelEnabled('error')) this.pino.error(withError(fields, error), maskWords(message));
  }

  with(fields: LogFields): Logger {
    return new PinoLogger(this.pino.child(masked(fields)), this.destination);
  }

  /** Writes out what waits, synchronously: the last act of the process. */
  flush(): void {
    const { flushSync } = this.destination as { flushSync?: () => void };
    try {
      flushSync?.call(this.destination);
    } catch {
      // Standard output is gone (a closed pipe): there is nobody left to tell.
    }
  }
}

function masked(fields: LogFields | undefined): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    safe[name] = IDENTIFIERS.test(name) ? value : typeof value === 'string' ? maskWords(value) : maskJson(value);
  }
  return safe;
}

function withError(fields: LogFields | undefined, error: unknown): Record<string, unknown> {
  return error === undefined ? masked(fields) : { ...masked(fields), error: describe(error) };
}

/** What an operator needs of an error; causes included, since adapters keep the vendor's error there. A stack tells where a bug is; the world's failures are told by their code. */
function describe(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: maskWords(String(error)) };
  const stack = error.stack?.split('\n').slice(1, STACK_LINES_MAX).map((line) => line.trim()).join(' | ');
  return {
    name: error.name,
    message: maskWords(error.message),
    ...(isPortError(error) ? { code: error.code, kind: error.kind, retryable: error.retryable } : codeOf(error)),
    ...(depth === 0 && stack !== undefined && !isPortError(error) ? { stack: maskWords(stack) } : {}),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: describe(error.cause, depth + 1) }),
  };
}

function codeOf(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? { code } : {};
}
