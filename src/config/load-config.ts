import { dirname, isAbsolute, resolve } from 'node:path';
import { type ConfigFault, inReadingOrder, type Loaded } from './config-fault.js';
import { contradictions } from './contradictions.js';
import { CONFIG_FILE_VARIABLE, type Environment, type ReadFile, readEnvironment, reason, variableOf } from './environment.js';
import { freeze } from './freeze.js';
import { fromText } from './from-text.js';
import { type Config, GATEWAY_SCHEMA } from './gateway-schema.js';
import { interpolate } from './interpolate.js';
import { type Leaf, leavesOf, metaAt } from './schema-tree.js';
import { isRecord, putAt, showPath, valueAt } from './setting-path.js';
import { type Provenance, validate } from './validate.js';
import { YamlText } from './yaml-text.js';

export interface ConfigSources {
  /** YAML file; null: the one that VG_CONFIG names, or none. */
  readonly file: string | null;
  readonly env: Environment;
  readonly readFile: ReadFile;
}

/**
 * The settings of the process: defaults, under the file, under the environment. Pure given its sources. Either all is
 * right, or every fault is told at once with file, line and fix.
 */
export function loadConfig(sources: ConfigSources): Loaded<Config> {
  const file = sources.file ?? (sources.env[CONFIG_FILE_VARIABLE] ?? null);
  const opened = file === null ? { yaml: null, faults: [] } : open(file, sources.readFile);
  const leaves = leavesOf(GATEWAY_SCHEMA);
  const environment = readEnvironment(leaves, sources.env, sources.readFile);
  // What an unreadable file would have said is unknown: judging the rest without it would only make noise.
  if (opened.faults.length > 0) return { ok: false, faults: [...opened.faults, ...environment.faults] };
  const filled = interpolate(opened.yaml?.value ?? {}, sources.env, sources.readFile);
  const variables = new Map(environment.values.map(({ leaf, variable }) => [showPath(leaf.path), variable]));
  const provenance = provenanceOf(opened.yaml, variables);

  const faults: ConfigFault[] = [...environment.faults];
  for (const { path, message, fix } of filled.problems) faults.push({ ...provenance.placeOf(path), message, fix });
  if (!isRecord(filled.value)) return checked(filled.value, faults, provenance);

  const data = filled.value;
  if (opened.yaml !== null) adaptFileValues(data, leaves, filled.substituted, opened.yaml.file);
  for (const { leaf, text } of environment.values) putAt(data, leaf.path, fromText(leaf.meta.kind, text));
  faults.push(...contradictions(data, leaves, provenance, sources.env['NODE_ENV']));
  return checked(data, faults, provenance);
}

function checked(data: unknown, faults: readonly ConfigFault[], provenance: Provenance): Loaded<Config> {
  const result = validate(GATEWAY_SCHEMA, data, provenance);
  if (result.ok && faults.length === 0) return { ok: true, value: freeze(result.value) };
  const others = result.ok ? [] : result.faults.filter((fault) => !faults.some((told) => samePlace(told, fault)));
  return { ok: false, faults: inReadingOrder([...faults, ...others]) };
}

/** A value spoilt by a variable that could not be read is told once, by its cause. */
function samePlace(a: ConfigFault, b: ConfigFault): boolean {
  return a.line !== null && a.source === b.source && a.line === b.line && a.column === b.column;
}

function open(file: string, readFile: ReadFile): { readonly yaml: YamlText | null; readonly faults: readonly ConfigFault[] } {
  try {
    const yaml = YamlText.parse(file, readFile(file));
    return { yaml, faults: yaml.faults };
  } catch (error) {
    return { yaml: null, faults: [{ source: file, line: null, column: null, message: `cannot be read: ${reason(error)}`, fix: 'name an existing file' }] };
  }
}

/** Gives text from variables its type, and makes relative paths count from the file that has them. */
function adaptFileValues(data: Record<string, unknown>, leaves: readonly Leaf[], substituted: ReadonlySet<string>, file: string): void {
  for (const { path, meta } of leaves) {
    const value = valueAt(data, path);
    if (typeof value !== 'string') continue;
    const typed = substituted.has(showPath(path)) ? fromText(meta.kind, value) : value;
    putAt(data, path, meta.kind === 'path' && value !== '' && !isAbsolute(value) ? resolve(dirname(file), value) : typed);
  }
}

function provenanceOf(yaml: YamlText | null, variables: ReadonlyMap<string, string>): Provenance {
  const source = yaml?.file ?? 'environment';
  return {
    placeOf(path) {
      const variable = variables.get(showPath(path)) ?? variables.get(showPath(path.slice(0, -1)));
      if (variable !== undefined) return { source: 'environment', line: null, column: null, variable };
      return yaml === null ? { source, line: null, column: null } : { source, ...yaml.positionOf(path) };
    },
    placeOfKey: (path, key) => (yaml === null ? { source, line: null, column: null } : { source, ...yaml.positionOfKey(path, key) }),
    howToSet(path) {
      const variable = variableOf(path);
      const isSecret = metaAt(GATEWAY_SCHEMA, path)?.kind === 'secret';
      const inFile = yaml === null ? `${showPath(path)} in a file given by --config` : `${showPath(path)} in ${yaml.file}`;
      return `set ${inFile}, or ${variable}${isSecret ? ` or ${variable}_FILE` : ''} in the environment`;
    },
  };
}
