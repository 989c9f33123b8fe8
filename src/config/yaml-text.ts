import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { ConfigFault } from './config-fault.js';
import type { SettingPath } from './setting-path.js';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Anchors may be repeated so often; more is a bomb, not a configuration. */
const ALIASES_MAX = 100;
/**
 * Levels of lists and maps. The parser calls itself at each, and near the end of the stack V8 cannot compile a regular expression
 * and ends the process (seen on Node 20.20 with 20 kB of `[`, at the second reading): such a text must not reach the parser.
 */
const LEVELS_MAX = 100;
const START: Position = { line: 1, column: 1 };

/** One YAML file: its plain value, and where in the text each part of it stands. */
export class YamlText {
  /** Plain data; empty when the YAML is faulty. */
  value: unknown = {};
  /** Faults of the YAML itself. */
  readonly faults: ConfigFault[] = [];

  private constructor(
    readonly file: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  static parse(file: string, text: string): YamlText {
    const lines = new LineCounter();
    const deep = deepLine(text);
    if (deep !== null) {
      const refused = new YamlText(file, parseDocument(''), lines);
      refused.fault({ line: deep, column: 1 }, `nested deeper than ${LEVELS_MAX} levels`, 'mind indentation, brackets and quotes at this place');
      return refused;
    }
    const yaml = new YamlText(file, parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines);
    yaml.read();
    return yaml;
  }

  private read(): void {
    for (const error of this.document.errors) {
      this.fault(this.at(error.pos[0]), error.message, error.code === 'DUPLICATE_KEY' ? 'keep one of the two' : 'mind indentation, brackets and quotes at this place');
    }
    if (this.faults.length > 0) return;
    try {
      const value: unknown = this.document.toJS({ maxAliasCount: ALIASES_MAX });
      this.value = value ?? {};
    } catch (error) {
      this.fault(START, error instanceof Error ? error.message : String(error), 'repeat less by anchors (&) and aliases (*)');
    }
  }

  private fault(position: Position, message: string, fix: string): void {
    this.faults.push({ source: this.file, ...position, message: `not valid YAML: ${message}`, fix });
  }

  /** Where the value at `path` begins, or the nearest part around it that exists. */
  positionOf(path: SettingPath): Position {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.at(node.range[0]);
    }
    return START;
  }

  /** Where the key `key` of the map at `path` begins. */
  positionOfKey(path: SettingPath, key: string): Position {
    const map: unknown = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    if (!isMap(map)) return this.positionOf(path);
    const pair = map.items.find((item) => isNode(item.key) && String(item.key) === key);
    return pair !== undefined && isNode(pair.key) && pair.key.range ? this.at(pair.key.range[0]) : this.positionOf(path);
  }

  private at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }
}

/** The line where the text may nest too deep, null if nowhere. Judges by indentation and brackets alone, quotes and comments included. */
function deepLine(text: string): number | null {
  let brackets = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if ((/^[ ?:-]*/u.exec(line)?.[0].length ?? 0) > 2 * LEVELS_MAX) return index + 1;
    for (const mark of line.match(/[[\]{}]/gu) ?? []) {
      brackets = mark === '[' || mark === '{' ? brackets + 1 : Math.max(0, brackets - 1);
      if (brackets > LEVELS_MAX) return index + 1;
    }
  }
  return null;
}
