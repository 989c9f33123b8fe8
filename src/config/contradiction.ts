import type { SettingPath } from './setting-path.js';

/** Settings that do not go together. */
export interface Contradiction {
  readonly path: SettingPath;
  readonly message: string;
  readonly fix: string;
}

/** What was given for a setting, or its default; not checked yet. */
export type ValueOf = (path: SettingPath) => unknown;
