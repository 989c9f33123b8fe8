import { type Environment, lookUp, type ReadFile } from './environment.js';
import { isRecord, type SettingPath, showPath } from './setting-path.js';

/** `${NAME}` or `${NAME:-default}`; `$${` is a literal `${`. */
const REFERENCE = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/gu;

export interface Interpolation {
  readonly value: unknown;
  /** Paths (shown) whose text came from variables and may stand for a number or a flag. */
  readonly substituted: ReadonlySet<string>;
  readonly problems: readonly { readonly path: SettingPath; readonly message: string; readonly fix: string }[];
}

/** Fills variables into every text of `data`. `NAME_FILE` may name a file that holds the value of `NAME`. */
export function interpolate(data: unknown, env: Environment, readFile: ReadFile): Interpolation {
  const substituted = new Set<string>();
  const problems: { path: SettingPath; message: string; fix: string }[] = [];

  const fill = (text: string, path: SettingPath): string => text.replace(REFERENCE, (whole, name: string, fallback: string | undefined) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    const found = lookUp(name, env, readFile);
    if (found.text !== null) return found.text;
    if (found.fault !== null) problems.push({ path, message: found.fault.message, fix: found.fault.fix });
    else if (fallback === undefined) problems.push({ path, message: `the environment variable ${name} is not set`, fix: `set ${name} or ${name}_FILE, or write \${${name}:-default}` });
    return fallback ?? '';
  });

  const walk = (value: unknown, path: SettingPath): unknown => {
    if (typeof value === 'string') {
      if (!value.includes('${')) return value;
      substituted.add(showPath(path));
      return fill(value, path);
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
    return value;
  };

  const value = walk(data, []);
  return { value, substituted, problems };
}
