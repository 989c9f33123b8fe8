import type { LogFields, Logger } from '../../../src/application/ports/logger.js';

export interface RecordedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
  readonly error?: unknown;
}

/** Keeps every line, with the fields of the loggers above it, for tests that assert what operators are told. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: RecordedLine[] = [],
    private readonly base: LogFields = {},
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.keep('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields, error?: unknown): void {
    this.keep('warn', message, fields, error);
  }

  error(message: string, fields?: LogFields, error?: unknown): void {
    this.keep('error', message, fields, error);
  }

  with(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.base, ...fields });
  }

  messages(level?: RecordedLine['level']): readonly string[] {
    return this.lines.filter((line) => level === undefined || line.level === level).map((line) => line.message);
  }

  private keep(level: RecordedLine['level'], message: string, fields?: LogFields, error?: unknown): void {
    this.lines.push({ level, message, fields: { ...this.base, ...fields }, ...(error === undefined ? {} : { error }) });
  }
}
