/** Way to a setting: section names, setting name, list indices. */
export type SettingPath = readonly (string | number)[];

/** `agents[0].prompts.greeting` */
export function showPath(path: SettingPath): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === 'number') return `${shown}[${key}]`;
    return shown === '' ? key : `${shown}.${key}`;
  }, '');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path` of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)] as unknown;
    return isRecord(at) ? at[String(key)] : undefined;
  }, data);
}

/** Puts `value` at `path`, making the sections on the way. What stands in the way is left for validation to name. */
export function putAt(data: Record<string, unknown>, path: SettingPath, value: unknown): void {
  let at = data;
  for (const key of path.slice(0, -1)) {
    const next = at[String(key)] ?? {};
    if (!isRecord(next)) return;
    at[String(key)] = next;
    at = next;
  }
  at[String(path.at(-1))] = value;
}
