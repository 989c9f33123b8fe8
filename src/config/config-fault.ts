/** One thing that is wrong with the settings, and what to do about it. */
export interface ConfigFault {
  /** File as it was named, or `environment`. */
  readonly source: string;
  /** 1-based; null where the source has no lines. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly fix: string;
}

/** Settings, or everything that is wrong with them at once. */
export type Loaded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** In the order of reading: by source, then from top to bottom. */
export function inReadingOrder(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  return [...faults].sort((a, b) => a.source.localeCompare(b.source) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** `config/demo.yaml:4:11: asterisk.app must be …` with the fix on the next line; editors jump to the place. */
export function describeFault(fault: ConfigFault): string {
  const place = fault.line === null ? fault.source : `${fault.source}:${fault.line}:${fault.column ?? 1}`;
  return `${place}: ${fault.message}\n  fix: ${fault.fix}`;
}

export function describeFaults(faults: readonly ConfigFault[]): string {
  return faults.map(describeFault).join('\n');
}
