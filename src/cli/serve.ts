import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { buildGateway, type Gateway } from '../composition/gateway.js';
import { describeFaults } from '../config/config-fault.js';
import type { Environment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';

/** `voice-gateway serve`: runs the gateway until a signal. The one place that handles signals. */
export function serveCommand(env: Environment, setExitCode: (code: number) => void): Command {
  return new Command('serve')
    .description('Run the gateway. SIGTERM or SIGINT drains: no new calls, the living ones finish. A second signal ends at once.')
    .option('-c, --config <file>', 'settings (YAML); the environment (VG_…) goes over the file')
    .action(async (options: { config?: string }) => { setExitCode(await serve(options.config, env)); });
}

async function serve(configFile: string | undefined, env: Environment): Promise<number> {
  const loaded = loadConfig({ file: configFile ?? null, env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!loaded.ok) {
    process.stderr.write(`${describeFaults(loaded.faults)}\n`);
    return 2;
  }
  let gateway: Gateway;
  try {
    gateway = await buildGateway(loaded.value);
  } catch (error) {
    process.stderr.write(`The gateway could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  return untilEnded(gateway);
}

/** Resolves to the exit code when a signal (or a bug that escaped every call) has ended the gateway. */
async function untilEnded(gateway: Gateway): Promise<number> {
  let exitCode = 0;
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) void gateway.drain();
    else void gateway.abort();
  };
  const onBug = (error: unknown): void => {
    exitCode = 1;
    gateway.reportBug(error);
    void gateway.drain();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('uncaughtException', onBug).on('unhandledRejection', onBug);
  try {
    await gateway.ended;
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal).off('uncaughtException', onBug).off('unhandledRejection', onBug);
  }
  return exitCode;
}
