import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { dialogueSchema, type Dialogue } from './dialogue-schema.js';
import { crossReferenceFaults, type Fault } from './dialogue-faults.js';

/** All that is wrong with a dialogue, one line each: `file:line:column: where: what`. */
export class DialogueError extends Error {
  override readonly name = 'DialogueError';

  constructor(readonly faults: readonly string[]) {
    super(`the dialogue cannot be used:\n${faults.join('\n')}`);
  }
}

const DIALOGUE_CHARACTERS_MAX = 1_000_000;

/** Reads a dialogue, or throws a DialogueError that names every fault at once. `file` is only named. */
export function parseDialogue(yaml: string, file: string): Dialogue {
  if (yaml.length > DIALOGUE_CHARACTERS_MAX) throw new DialogueError([`${file}: larger than ${DIALOGUE_CHARACTERS_MAX} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) throw new DialogueError(document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`));
  const named = (fault: Fault): string => `${at(offsetOf(document, fault.path))}: ${fault.path.join('.')}: ${fault.what}`;
  const parsed = dialogueSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) throw new DialogueError(parsed.error.issues.map((issue) => named({ path: issue.path.map(asKey), what: issue.message })));
  const faults = crossReferenceFaults(parsed.data);
  if (faults.length > 0) throw new DialogueError(faults.map(named));
  return parsed.data;
}

function asKey(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key);
}

/** Where the node of `path` is in the text, or the nearest one around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
