import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/environment.js';
import { callsCommand } from './api/calls.js';
import { tenantsCommand } from './api/tenants.js';
import type { Terminal } from './api/terminal.js';
import { auditCommand } from './audit.js';
import { drainCommand } from './drain.js';
import { serveCommand } from './serve.js';
import { simulateCommand } from './simulate.js';
import { tokenCommand } from './token.js';

/** Parses the command line and runs the command. Resolves to the exit code: 0 well, 1 failed, 2 wrong usage or configuration. */
export async function runCommandLine(argv: readonly string[], env: Environment): Promise<number> {
  let exitCode = 0;
  const setExitCode = (code: number): void => { exitCode = code; };
  const terminal = terminalOf(env, setExitCode);
  const program = new Command('voice-gateway')
    .description('Answers telephone calls on Asterisk and lets an AI agent talk with the caller.')
    .exitOverride()
    .addCommand(serveCommand(env, setExitCode))
    .addCommand(drainCommand(setExitCode))
    .addCommand(simulateCommand(env, setExitCode))
    .addCommand(auditCommand(terminal))
    .addCommand(callsCommand(terminal))
    .addCommand(tenantsCommand(terminal))
    .addCommand(tokenCommand(env, setExitCode));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return exitCode;
}

/** The terminal of this process. */
function terminalOf(env: Environment, setExitCode: (code: number) => void): Terminal {
  const interrupt = new AbortController();
  return {
    env, setExitCode,
    write: (text) => {
      if (!process.stdout.listeners('error').includes(whoReadsHasGone)) process.stdout.on('error', whoReadsHasGone);
      process.stdout.write(text);
    },
    complain: (text) => { process.stderr.write(text); },
    get interrupted() {
      if (process.listenerCount('SIGINT') === 0) process.once('SIGINT', () => { interrupt.abort(); });
      return interrupt.signal;
    },
  };
}

/** `calls tail | head`: nobody reads any more. That is no fault, and there is nothing left to do. */
function whoReadsHasGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}
