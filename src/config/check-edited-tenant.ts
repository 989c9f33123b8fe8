import type { InstalledSpeech } from './check-speech.js';
import type { ConfigFault, Loaded } from './config-fault.js';
import type { ReadFile } from './environment.js';
import { checkTenant, isJsgf, type LoadedTenant } from './load-tenant.js';
import { isRecord, showPath, valueAt } from './setting-path.js';
import type { Provenance } from './validate.js';
import { YamlText } from './yaml-text.js';

export interface EditedSources {
  readonly file: string;
  /** Of grammars. */
  readonly readFile: ReadFile;
  /** What this tenant may hear and speak with, by its id; missing: anything. */
  readonly speechOf?: (tenantId: string) => InstalledSpeech;
}

/** Who edits over the network has no lines to be told of: the place of a fault is its path. */
const BY_PATH: Provenance = {
  placeOf: (path) => ({ source: showPath(path), line: null, column: null }),
  placeOfKey: (path, key) => ({ source: showPath([...path, key]), line: null, column: null }),
  howToSet: (path) => `add ${showPath(path)}`,
};

/**
 * A tenant file as it would be after an edit, by the same rules as one that is read; `source` of each fault is its path. Files of
 * grammars can only be named by whoever writes the files: named from afar they would tell what there is on this machine.
 */
export function checkEditedTenant(text: string, before: string, { file, readFile, speechOf }: EditedSources): Loaded<LoadedTenant> {
  const [yaml, was] = [YamlText.parse(file, text), YamlText.parse(file, before)];
  if (yaml.faults.length > 0) return { ok: false, faults: yaml.faults };
  const known = grammarsIn(was.value);
  const faults = agentsOf(yaml.value).flatMap((agent, index): ConfigFault[] => {
    const grammar = valueAt(agent, ['speech', 'grammar']);
    if (typeof grammar !== 'string' || grammar.trim() === '' || isJsgf(grammar) || known.includes(grammar)) return [];
    return [{ ...BY_PATH.placeOf(['agents', index, 'speech', 'grammar']), message: 'a grammar has to be written out here', fix: 'begin it with: #JSGF V1.0;' }];
  });
  if (faults.length > 0) return { ok: false, faults };
  const id = valueAt(yaml.value, ['id']);
  const speech = typeof id === 'string' ? speechOf?.(id) : undefined;
  return checkTenant(yaml.value, { file, readFile, ...(speech === undefined ? {} : { speech }) }, BY_PATH);
}

function agentsOf(data: unknown): readonly unknown[] {
  const agents = isRecord(data) ? data['agents'] : undefined;
  return Array.isArray(agents) ? agents : [];
}

function grammarsIn(data: unknown): readonly unknown[] {
  return agentsOf(data).map((agent) => valueAt(agent, ['speech', 'grammar']));
}
