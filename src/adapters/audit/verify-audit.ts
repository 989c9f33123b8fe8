import { headPath, nodesIn, writtenFilesOf } from './audit-files.js';
import { type AuditHead, type HeadReading, readHead } from './audit-head.js';
import type { AuditSeal } from './audit-seal.js';
import { type ChainFault, type SeenEntry, type Walked, walkChain } from './walk-chain.js';

/** A gateway that is writing puts the head after the lines: a moment later it is there. */
const HEAD_LOOKS = 5;
const HEAD_LOOK_MS = 100;

/** What can be said of the chain of one node. */
export interface ChainReport {
  readonly node: string;
  readonly entries: number;
  readonly first: SeenEntry | null;
  readonly last: SeenEntry | null;
  /** Null: intact. */
  readonly fault: ChainFault | null;
  /** What is worth knowing and no fault. */
  readonly remarks: readonly string[];
}

const HEAD_FAULTS: Readonly<Record<Exclude<HeadReading['is'], 'good'>, string>> = {
  missing: 'is missing: it says where the chain ends', broken: 'is not as it was written', foreign: 'was written with another key, or without one',
};

/** Follows the chain of each node in `directory`. Also while a gateway writes there. Throws what the file system throws. */
export async function verifyAudit(directory: string, seal: AuditSeal): Promise<readonly ChainReport[]> {
  const reports: ChainReport[] = [];
  for (const node of await nodesIn(directory)) reports.push(await verifyChain(directory, node, seal));
  return reports;
}

async function verifyChain(directory: string, node: string, seal: AuditSeal): Promise<ChainReport> {
  const path = headPath(directory, node);
  const before = await readHead(path, seal);
  if (before.is === 'foreign') return report(node, null, { file: `audit-${node}.head`, line: 0, what: HEAD_FAULTS.foreign }); // nor will any line fit
  const walked = await walkChain(await writtenFilesOf(directory, node), seal, before.is === 'good' ? before.head : null);
  const late = before.is === 'good' ? lateBeginning(walked, before.head) : null;
  if (late !== null || walked.fault !== null) return report(node, walked, late ?? walked.fault);
  if (before.is !== 'good') return report(node, walked, { file: `audit-${node}.head`, line: 0, what: HEAD_FAULTS[before.is] });
  const missing = missingIn(walked, before.head, node);
  if (missing !== null) return report(node, walked, missing);
  const unconfirmed = await unconfirmedIn(walked, path, seal);
  const remarks = walked.tornBytes === 0 ? [] : [`ends in ${walked.tornBytes} bytes of a line: it is being written, or a crash cut it and the next start mends it; nobody was told that it counts`];
  if (unconfirmed === null) return report(node, walked, null, remarks);
  if (seal.keyId === 'none') return report(node, walked, { ...unconfirmed, what: 'comes after the end that the head tells: written by somebody else, or by a gateway that died at that very moment' });
  return report(node, walked, null, [...remarks, `entries from ${unconfirmed.sequence} on were written but not confirmed: the gateway died at that moment`]);
}

function lateBeginning({ first }: Walked, head: AuditHead): ChainFault | null {
  const due = head.first.sequence;
  return first === null || first.sequence <= due ? null : { file: first.file, line: first.line, what: `is entry ${first.sequence}: the chain begins with entry ${due}` };
}

function missingIn({ first, last }: Walked, head: AuditHead, node: string): ChainFault | null {
  const due = { from: head.first.sequence, to: head.last.sequence };
  if (due.to < due.from) return null; // nothing was confirmed yet
  if (first === null || last === null) return { file: `audit-${node}.head`, line: 0, what: `tells of entries ${due.from} to ${due.to}, and none is there` };
  return last.sequence < due.to ? { file: last.file, line: last.line, what: `is the last line: entries ${last.sequence + 1} to ${due.to} are missing after it` } : null;
}

/** The first entry past what the head tells, also after a moment; null: there is none. */
async function unconfirmedIn({ last, fromHead }: Walked, path: string, seal: AuditSeal): Promise<SeenEntry | null> {
  if (last === null) return null;
  let confirmed = 0;
  for (let look = 1; look <= HEAD_LOOKS; look += 1) {
    const reading = await readHead(path, seal);
    if (reading.is !== 'good') return last;
    confirmed = reading.head.last.sequence;
    if (confirmed >= last.sequence) return null;
    if (look < HEAD_LOOKS) await new Promise((resolve) => { setTimeout(resolve, HEAD_LOOK_MS); });
  }
  return fromHead.find(({ sequence }) => sequence > confirmed) ?? last;
}

function report(node: string, walked: Walked | null, fault: ChainFault | null, remarks: readonly string[] = []): ChainReport {
  return { node, entries: walked?.entries ?? 0, first: walked?.first ?? null, last: walked?.last ?? null, fault, remarks };
}
