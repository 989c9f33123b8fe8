/**
 * Fields of a log line. `callId` and `tenantId` find a call; what a caller said, dialled or is called
 * (transcripts, numbers, names, digits) never goes into a log line at all.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Structured log. Messages are constants; everything that varies is a field. Never throws, never blocks. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields, error?: unknown): void;
  error(message: string, fields?: LogFields, error?: unknown): void;
  /** A logger that adds `fields` to each line. */
  with(fields: LogFields): Logger;
}
