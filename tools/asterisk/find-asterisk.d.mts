/** Types of find-asterisk.mjs for TypeScript callers. */
export interface AsteriskInstallation {
  readonly kind: 'installed' | 'unpacked';
  /** Program and first arguments. */
  readonly command: readonly string[];
  readonly moduleDir: string;
  readonly dataDir: string;
  /** As printed by `asterisk -V`. */
  readonly version: string;
  readonly major: number;
}

export function findAsterisk(env?: NodeJS.ProcessEnv): Promise<AsteriskInstallation>;
