import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a chain. Files follow each other by day, then part. */
export interface AuditFile {
  readonly name: string;
  readonly path: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly part: number;
}

const NAME = /^audit-(?<node>[a-z0-9-]+)-(?<day>\d{4}-\d{2}-\d{2})\.(?<part>\d{4,})\.ndjson$/u;
const HEAD_NAME = /^audit-(?<node>[a-z0-9-]+)\.head$/u;

export function auditFile(directory: string, node: string, { day, part }: Pick<AuditFile, 'day' | 'part'>): AuditFile {
  const name = `audit-${node}-${day}.${String(part).padStart(4, '0')}.ndjson`;
  return { name, path: join(directory, name), day, part };
}

export function headPath(directory: string, node: string): string {
  return join(directory, `audit-${node}.head`);
}

/** Oldest first. */
export async function auditFilesOf(directory: string, node: string): Promise<readonly AuditFile[]> {
  const files: AuditFile[] = [];
  for (const name of await readdir(directory)) {
    const { node: owner, day, part } = NAME.exec(name)?.groups ?? {};
    if (owner === node && day !== undefined && part !== undefined) files.push({ name, path: join(directory, name), day, part: Number(part) });
  }
  return files.sort((a, b) => (a.day === b.day ? a.part - b.part : a.day < b.day ? -1 : 1));
}

/** Those with something in them: a disk that is full leaves empty ones. */
export async function writtenFilesOf(directory: string, node: string): Promise<readonly AuditFile[]> {
  const files = await auditFilesOf(directory, node);
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  return files.filter((_, index) => sizes[index] !== 0);
}

/** Nodes that have a chain there, or what is left of one. */
export async function nodesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  return [...new Set(names.flatMap((name) => (NAME.exec(name) ?? HEAD_NAME.exec(name))?.groups?.['node'] ?? []))].sort();
}
