import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Environment } from '../../config/environment.js';
import { ApiClient, ApiFailure } from './api-client.js';

/** Where a command reads and writes; tests bring their own. */
export interface Terminal {
  readonly env: Environment;
  write(text: string): void;
  complain(text: string): void;
  setExitCode(code: number): void;
  /** Resolves when the person wants to stop (Ctrl-C). */
  readonly interrupted: AbortSignal;
  /** Between two attempts to follow a stream; by default two seconds. */
  readonly reconnectMs?: number;
}

interface ConnectionOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

const URL_DEFAULT = 'http://127.0.0.1:8081';

/** Wrong usage is told here, and ends the command line with 2. */
export function withTerminal(command: Command, terminal: Terminal): Command {
  return command.exitOverride().configureOutput({ writeOut: (text) => { terminal.write(text); }, writeErr: (text) => { terminal.complain(text); } });
}

/** Options that every command has which speaks to the API. */
export function withConnection(command: Command, { env }: Terminal): Command {
  return command
    .option('--url <url>', 'where the management API is (VOICE_GATEWAY_API)', env['VOICE_GATEWAY_API'] ?? URL_DEFAULT)
    .option('--token-file <file>', 'file with the token; else VOICE_GATEWAY_TOKEN')
    .option('--tenant <id>', 'whose; needed with a token for all tenants')
    .option('--json', 'print JSON instead of a table');
}

/** Runs `act` with a client; what the API refuses is told without a stack, exit code 1. */
export async function withApi(terminal: Terminal, options: ConnectionOptions, act: (api: ApiClient) => Promise<void>): Promise<void> {
  const token = tokenOf(terminal, options);
  if (token === null) return;
  if (!URL.canParse(options.url) || !/^https?:$/u.test(new URL(options.url).protocol)) {
    terminal.complain(`${printable(options.url)} is no address of an API.\n  fix: --url http://127.0.0.1:8081\n`);
    terminal.setExitCode(2);
    return;
  }
  try {
    await act(new ApiClient(options.url, token, options.tenant ?? null));
  } catch (error) {
    if (terminal.interrupted.aborted) return;
    if (!(error instanceof ApiFailure)) throw error;
    terminal.complain(`${printable(error.message)}\n`);
    terminal.setExitCode(1);
  }
}

function tokenOf(terminal: Terminal, { tokenFile }: ConnectionOptions): string | null {
  try {
    const token = tokenFile === undefined ? terminal.env['VOICE_GATEWAY_TOKEN'] : readFileSync(tokenFile, 'utf8');
    if (token !== undefined && token.trim() !== '') return checked(token.trim(), terminal);
    terminal.complain('Who asks? No token was given.\n  fix: put one into VOICE_GATEWAY_TOKEN or a file for --token-file; for development: voice-gateway token\n');
  } catch {
    terminal.complain(`The token cannot be read from ${tokenFile ?? ''}.\n`);
  }
  terminal.setExitCode(2);
  return null;
}

/** A header cannot hold what is no token, and would be refused as if nobody answered. */
function checked(token: string, terminal: Terminal): string | null {
  if (/^[\x21-\x7e]+$/u.test(token)) return token;
  terminal.complain('That is no token: it has blanks or other characters in it that no token has.\n');
  terminal.setExitCode(2);
  return null;
}

/** Callers choose what they say and, often, their number: nothing of it may steer the terminal of the one who reads it. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '\ufffd');
}

/** Resolves when the time has passed or `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

export type Row = Readonly<Record<string, string>>;

/** Columns as wide as what is in them. */
export function table(columns: readonly string[], rows: readonly Row[]): string {
  const shown = rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, text]) => [column, printable(text).replace(/\n/gu, ' ')])));
  const widths = columns.map((column) => Math.max(column.length, ...shown.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd();
  return [line(columns.map((column) => column.toUpperCase())), ...shown.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\n') + '\n';
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.write(`${JSON.stringify(value, null, 2)}\n`);
}
