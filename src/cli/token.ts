import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { developmentToken } from '../composition/development-token.js';
import { describeFaults } from '../config/config-fault.js';
import type { Environment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import { type Role, ROLES } from '../domain/access/identity.js';
import { TENANT_ID } from '../domain/shared/ids.js';

const MINUTE_MS = 60_000;
const MINUTES_MAX = 60;

interface Options {
  readonly config?: string;
  readonly tenant?: string;
  readonly role: Role;
  readonly subject: string;
  readonly minutes: number;
}

/** `voice-gateway token`: prints a token for the management API of this machine. For development alone. */
export function tokenCommand(env: Environment, setExitCode: (code: number) => void): Command {
  return new Command('token')
    .exitOverride()
    .description('Print a token for the management API of a gateway that runs here with api.development: true. Not in production.')
    .option('--tenant <id>', 'whose things it may reach; not with --role platform, which reaches all', tenant)
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES]).default('viewer'))
    .option('--subject <name>', 'who it says it is', 'developer')
    .option('--minutes <n>', 'how long it is good', minutes, 15)
    .option('-c, --config <file>', 'settings (YAML) of that gateway')
    .action(async (options: Options) => { setExitCode(await print(options, env)); });
}

async function print({ config, tenant: tenantId, role, subject, minutes: lifetimeMinutes }: Options, env: Environment): Promise<number> {
  if ((role === 'platform') !== (tenantId === undefined)) {
    return complain(role === 'platform' ? 'A token for all tenants names none.\n  fix: leave --tenant away' : 'Whose things may it reach?\n  fix: --tenant north-bank, or --role platform for all');
  }
  const loaded = loadConfig({ file: config ?? null, env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!loaded.ok) return complain(describeFaults(loaded.faults));
  try {
    const { token, warning } = await developmentToken(loaded.value, { subject, role, tenantId: tenantId ?? null, lifetimeMs: lifetimeMinutes * MINUTE_MS });
    process.stdout.write(`${token}\n`);
    if (warning !== null) process.stderr.write(`${warning}\n`);
    return 0;
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

function tenant(value: string): string {
  if (!TENANT_ID.test(value)) throw new InvalidArgumentError('write the id of a tenant, as in its file');
  return value;
}

function minutes(value: string): number {
  const number = Number(value);
  if (!/^\d+$/u.test(value) || number < 1 || number > MINUTES_MAX) throw new InvalidArgumentError(`write a whole number from 1 to ${MINUTES_MAX}`);
  return number;
}
