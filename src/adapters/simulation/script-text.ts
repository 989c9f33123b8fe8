import { isNode, isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { ScriptFault } from './script-fault.js';

type Path = readonly PropertyKey[];

const ALIASES_MAX = 50;
const START = { line: 1, column: 1 } as const;

/** A script's YAML with the place of everything in it. */
export class ScriptText {
  readonly faults: ScriptFault[] = [];
  private readonly document: Document;
  private readonly lines = new LineCounter();

  constructor(private readonly file: string, text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    for (const error of this.document.errors) {
      const { line, col } = this.lines.linePos(error.pos[0]);
      this.faults.push({ file, line, column: col, message: `not valid YAML: ${error.message}`, fix: 'mind indentation, colons and quotes at this place' });
    }
  }

  /** Plain data; undefined, with a fault written down, where anchors are repeated too often. */
  get value(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown;
    } catch (error) {
      this.fault([], `not valid YAML: ${error instanceof Error ? error.message : String(error)}`, 'repeat less by anchors (&) and aliases (*)');
      return undefined;
    }
  }

  /** Writes down a fault at the value of `path`, or at the nearest part around it that exists. */
  fault(path: Path, message: string, fix: string): void {
    this.faults.push({ file: this.file, ...this.placeOf(path), message, fix });
  }

  lineOf(path: Path): number {
    return this.placeOf(path).line;
  }

  /** The value at `path` as the schema has it; null with faults written down. */
  check<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path): z.output<Schema> | null {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.tell(issue, value, path);
    return null;
  }

  private tell(issue: z.core.$ZodIssue, value: unknown, base: Path): void {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.faults.push({ file: this.file, ...this.placeOfKey(path, key), message: `${nameOf([...path, key])} is not known`, fix: 'see docs/guides/simulated-caller.md; remove it or mind the spelling' });
      return;
    }
    const missing = valueAt(value, issue.path) === undefined;
    if (missing) this.fault(path, `${nameOf(path)} is missing`, `add ${String(path.at(-1))}: …`);
    else this.fault(path, `${nameOf(path)} ${/^must|^takes/u.test(issue.message) ? issue.message : `is not well: ${issue.message}`}`, 'correct the value; docs/guides/simulated-caller.md has examples');
  }

  private placeOf(path: Path): { readonly line: number; readonly column: number } {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.at(node.range[0]);
    }
    return START;
  }

  private placeOfKey(path: Path, key: string): { readonly line: number; readonly column: number } {
    const map: unknown = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    const pair = isMap(map) ? map.items.find((item) => isNode(item.key) && String(item.key) === key) : undefined;
    return isNode(pair?.key) && pair.key.range ? this.at(pair.key.range[0]) : this.placeOf(path);
  }

  private at(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }
}

/** `steps[2].say`. */
function nameOf(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value);
}
