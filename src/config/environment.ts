import { closestName } from './closest-name.js';
import type { ConfigFault } from './config-fault.js';
import type { Leaf } from './schema-tree.js';
import type { SettingPath } from './setting-path.js';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where secrets mounted as files are read from; throws when it cannot. */
export type ReadFile = (path: string) => string;

const PREFIX = 'VG_';
/** Names the configuration file itself. */
export const CONFIG_FILE_VARIABLE = 'VG_CONFIG';

/** `asterisk.ariUrl` → `VG_ASTERISK_ARI_URL`. */
export function variableOf(path: SettingPath): string {
  return PREFIX + path.map((key) => String(key).replace(/(?<=[a-z0-9])(?=[A-Z])/gu, '_').toUpperCase()).join('_');
}

export const fileVariableOf = (variable: string): string => `${variable}_FILE`;

export interface VariableValue {
  readonly leaf: Leaf;
  readonly variable: string;
  readonly text: string;
}

export interface EnvironmentReading {
  readonly values: readonly VariableValue[];
  readonly faults: readonly ConfigFault[];
}

/** What the environment says about `leaves`; variables with our prefix that mean nothing are faults. */
export function readEnvironment(leaves: readonly Leaf[], env: Environment, readFile: ReadFile): EnvironmentReading {
  const values: VariableValue[] = [];
  const faults: ConfigFault[] = [];
  const known = new Set([CONFIG_FILE_VARIABLE]);
  for (const leaf of leaves) {
    if (leaf.meta.kind === 'structure') continue;
    const variable = variableOf(leaf.path);
    known.add(variable);
    if (leaf.meta.kind === 'secret') known.add(fileVariableOf(variable));
    const found = lookUp(variable, env, leaf.meta.kind === 'secret' ? readFile : null);
    if (found.fault !== null) faults.push(found.fault);
    else if (found.text !== null) values.push({ leaf, variable, text: found.text });
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name)) faults.push(unknownVariable(name, known));
  }
  return { values, faults };
}

interface Found {
  readonly text: string | null;
  readonly fault: ConfigFault | null;
}

/** The variable, or the content of the file that `NAME_FILE` names (when `readFile` is given). Empty counts as not set. */
export function lookUp(variable: string, env: Environment, readFile: ReadFile | null): Found {
  const direct = env[variable] ?? '';
  const file = readFile === null ? '' : env[fileVariableOf(variable)] ?? '';
  if (file === '' || readFile === null) return { text: direct === '' ? null : direct, fault: null };
  if (direct !== '') return { text: null, fault: environmentFault(`${variable} and ${fileVariableOf(variable)} are both set`, 'set only one of them') };
  try {
    return { text: readFile(file).replace(/\r?\n$/u, ''), fault: null };
  } catch (error) {
    return { text: null, fault: environmentFault(`${fileVariableOf(variable)} names a file that cannot be read: ${reason(error)}`, 'mount the file or correct its path') };
  }
}

function unknownVariable(name: string, known: ReadonlySet<string>): ConfigFault {
  const meant = closestName(name, known);
  return environmentFault(`${name} is not a variable of the gateway`, meant === null ? 'unset it; docs/configuration.md lists all variables' : `did you mean ${meant}?`);
}

function environmentFault(message: string, fix: string): ConfigFault {
  return { source: 'environment', line: null, column: null, message, fix };
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
