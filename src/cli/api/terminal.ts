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
}

interface ConnectionOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

const URL_DEFAULT = 'http://127.0.0.1:8081';

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
  try {
    await act(new ApiClient(options.url, token, options.tenant ?? null));
  } catch (error) {
    if (terminal.interrupted.aborted) return;
    if (!(error instanceof ApiFailure)) throw error;
    terminal.complain(`${error.message}\n`);
    terminal.setExitCode(1);
  }
}

function tokenOf(terminal: Terminal, { tokenFile }: ConnectionOptions): string | null {
  try {
    const token = tokenFile === undefined ? terminal.env['VOICE_GATEWAY_TOKEN'] : readFileSync(tokenFile, 'utf8');
    if (token !== undefined && token.trim() !== '') return token.trim();
    terminal.complain('Who asks? No token was given.\n  fix: put one into VOICE_GATEWAY_TOKEN or a file for --token-file; for development: voice-gateway token\n');
  } catch {
    terminal.complain(`The token cannot be read from ${tokenFile ?? ''}.\n`);
  }
  terminal.setExitCode(2);
  return null;
}

export type Row = Readonly<Record<string, string>>;

/** Columns as wide as what is in them. */
export function table(columns: readonly string[], rows: readonly Row[]): string {
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd();
  return [line(columns.map((column) => column.toUpperCase())), ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\n') + '\n';
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.write(`${JSON.stringify(value, null, 2)}\n`);
}
