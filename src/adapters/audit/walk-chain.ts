import { readFile } from 'node:fs/promises';
import type { AuditFile } from './audit-files.js';
import type { AuditHead } from './audit-head.js';
import { type ChainedEntry, readLine } from './audit-line.js';
import type { AuditSeal } from './audit-seal.js';

const LINE_FEED = 0x0a;

/** The act of an entry that says: the chain before me was not as it should be. */
export const CHAIN_BROKEN = 'auditChainBroken';

/** Where a chain breaks. `line` counts from 1; 0 is the file as a whole. */
export interface ChainFault {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

export interface SeenEntry {
  readonly sequence: number;
  readonly digest: string;
  readonly at: string;
  readonly file: string;
  readonly line: number;
}

/** What was seen on the way along a chain, up to its first fault. */
export interface Walked {
  readonly entries: number;
  readonly first: (SeenEntry & { readonly previous: string }) | null;
  readonly last: SeenEntry | null;
  readonly fault: ChainFault | null;
  /** Bytes after the last line feed of the last file: a crash in the middle of a line leaves some. */
  readonly tornBytes: number;
  /** Bytes of whole lines in the last file. */
  readonly wholeBytes: number;
  /** From the last entry that `head` knows onwards. */
  readonly fromHead: readonly SeenEntry[];
}

/** Follows a chain through `files`, which may begin anywhere in it. What the head says is compared where it can be. */
export async function walkChain(files: readonly AuditFile[], seal: AuditSeal, head: AuditHead | null): Promise<Walked> {
  const walk = new ChainWalk(seal, head);
  for (const [index, file] of files.entries()) {
    walk.file(file.name, await readFile(file.path), index === files.length - 1);
    if (walk.fault !== null) break;
  }
  return walk;
}

class ChainWalk implements Walked {
  entries = 0;
  first: Walked['first'] = null;
  last: SeenEntry | null = null;
  fault: ChainFault | null = null;
  tornBytes = 0;
  wholeBytes = 0;
  readonly fromHead: SeenEntry[] = [];

  constructor(private readonly seal: AuditSeal, private readonly head: AuditHead | null) {}

  file(name: string, bytes: Uint8Array, isLast: boolean): void {
    let line = 0;
    let begin = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, begin)) {
      line += 1;
      const what = this.step(readLine(bytes.subarray(begin, end), this.seal), name, line);
      if (what !== null) { this.fault = { file: name, line, what }; return; }
      begin = end + 1;
    }
    this.wholeBytes = begin;
    this.tornBytes = bytes.length - begin;
    if (this.tornBytes > 0 && !isLast) this.fault = { file: name, line: line + 1, what: 'is no whole line' };
  }

  /** What is wrong with the entry at its place; null: nothing. */
  private step(entry: ChainedEntry | null, file: string, line: number): string | null {
    if (entry === null) return 'is not as it was written';
    const { sequence, digest, at, previous } = entry;
    const wrong = this.misplaced(sequence, previous) ?? this.againstHead(sequence, digest, previous);
    if (wrong !== null) return wrong;
    const seen: SeenEntry = { sequence, digest, at, file, line };
    this.first ??= { ...seen, previous };
    this.last = seen;
    this.entries += 1;
    if (this.head !== null && sequence >= this.head.last.sequence) this.fromHead.push(seen);
    return entry.act === CHAIN_BROKEN ? `says that the chain before it was broken (${entry.code})` : null;
  }

  private misplaced(sequence: number, previous: string): string | null {
    if (this.last === null) return null;
    const due = this.last.sequence + 1;
    if (sequence > due) return `is entry ${sequence}: ${due === sequence - 1 ? `entry ${due} is` : `entries ${due} to ${sequence - 1} are`} missing before it`;
    if (sequence < due) return `is entry ${sequence} where entry ${due} has to be`;
    return previous === this.last.digest ? null : 'does not follow from the line before it';
  }

  private againstHead(sequence: number, digest: string, previous: string): string | null {
    if (this.head === null) return null;
    const { first, last } = this.head;
    if (sequence === first.sequence && previous !== first.previous) return 'is not the entry that the chain begins with';
    return sequence === last.sequence && digest !== last.digest ? 'is not the entry that was confirmed' : null;
  }
}
