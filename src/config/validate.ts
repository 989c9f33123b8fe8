import type { z } from 'zod';
import { closestName } from './closest-name.js';
import type { ConfigFault, Loaded } from './config-fault.js';
import { keysAt, metaAt } from './schema-tree.js';
import type { SettingMeta } from './setting.js';
import { type SettingPath, showPath, valueAt } from './setting-path.js';

export interface Place {
  readonly source: string;
  readonly line: number | null;
  readonly column: number | null;
  /** Environment variable the value came from. */
  readonly variable?: string;
}

/** Says where data came from, so that a fault can name the place. */
export interface Provenance {
  /** Where the value at `path` stands, or where it should. */
  placeOf(path: SettingPath): Place;
  placeOfKey(path: SettingPath, key: string): Place;
  /** What to do about a setting that is missing. */
  howToSet(path: SettingPath): string;
}

/** `data` checked against `schema`; every fault at once, each with its place, the rule it breaks and a fix. */
export function validate<Schema extends z.ZodType>(schema: Schema, data: unknown, provenance: Provenance): Loaded<z.output<Schema>> {
  const result = schema.safeParse(data);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, faults: result.error.issues.flatMap((issue) => faultsOf(schema, data, issue, provenance)) };
}

function faultsOf(schema: z.ZodType, data: unknown, issue: z.core.$ZodIssue, provenance: Provenance): readonly ConfigFault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => unknownKey(path, key, known, provenance));
  }
  const value = valueAt(data, path);
  if (value === undefined) return [missing(schema, path, provenance)];
  return [unfit(schema, path, value, provenance)];
}

function unknownKey(path: SettingPath, key: string, known: readonly string[], provenance: Provenance): ConfigFault {
  const meant = closestName(key, known);
  return {
    ...at(provenance.placeOfKey(path, key)),
    message: `${showPath([...path, key])} is not a setting`,
    fix: meant === null ? `remove it; known here: ${known.join(', ')}` : `did you mean ${meant}?`,
  };
}

function missing(schema: z.ZodType, path: SettingPath, provenance: Provenance): ConfigFault {
  const meta = metaAt(schema, path);
  return {
    ...at(provenance.placeOf(path)),
    message: `${showPath(path)} is missing${meta === null ? '' : ` (${meta.expects})`}`,
    fix: provenance.howToSet(path),
  };
}

function unfit(schema: z.ZodType, path: SettingPath, value: unknown, provenance: Provenance): ConfigFault {
  const meta = metaAt(schema, path);
  const place = provenance.placeOf(path);
  const name = path.length === 0 ? 'the file' : place.variable ?? showPath(path);
  const expects = meta?.expects ?? `settings by name: ${keysAt(schema, path).join(', ')}`;
  const shown = holdsSecrets(meta) ? 'what is given' : show(value);
  return { ...at(place), message: `${name} must be ${expects}, not ${shown}`, fix: fixOf(meta?.kind ?? 'structure', meta?.example ?? null, value) };
}

function holdsSecrets(meta: SettingMeta | null): boolean {
  return meta?.kind === 'secret' || meta?.secret === true;
}

function fixOf(kind: string, example: string | null, value: unknown): string {
  if (value === null) return 'give it a value or remove the line, then the default is used';
  if (kind === 'secret') return 'write it as text, in quotes';
  if ((kind === 'text' || kind === 'list') && (typeof value === 'number' || typeof value === 'boolean')) return `put it in quotes: "${String(value)}"`;
  return example === null || example === '' ? 'correct the value' : `for example: ${example}`;
}

const SHOWN_LENGTH_MAX = 60;

function show(value: unknown): string {
  if (value === null) return 'empty';
  const shown = JSON.stringify(value);
  return shown.length > SHOWN_LENGTH_MAX ? `${shown.slice(0, SHOWN_LENGTH_MAX)}…` : shown;
}

function at(place: Place): Pick<ConfigFault, 'source' | 'line' | 'column'> {
  return { source: place.source, line: place.line, column: place.column };
}
