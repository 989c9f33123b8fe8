/** One thing that is wrong with a script, and what to do about it. */
export interface ScriptFault {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly fix: string;
}

/** `calls/a.yaml:4:3: …` with the fix on the next line; editors jump to the place. */
export function describeScriptFault({ file, line, column, message, fix }: ScriptFault): string {
  return `${file}:${line}:${column}: ${message}\n  fix: ${fix}`;
}
