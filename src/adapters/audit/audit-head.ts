import { constants } from 'node:fs';
import { type open, readFile, rename } from 'node:fs/promises';
import type { AuditSeal } from './audit-seal.js';

const FILE_MODE = 0o640;

/** Where a chain begins and ends. It stands beside the files, so that a tail that was cut off is missed. */
export interface AuditHead {
  readonly keyId: string;
  /** First entry that has to be there: older ones were removed when their time was over. `previous`: digest of the line before it. */
  readonly first: { readonly sequence: number; readonly previous: string };
  /** Last entry that was confirmed to somebody; `sequence` 0: none yet. */
  readonly last: { readonly sequence: number; readonly digest: string };
}

/** `missing`: no such file. `broken`: not as it was written. `foreign`: written with another key, or without one. */
export type HeadReading = { readonly is: 'good'; readonly head: AuditHead } | { readonly is: 'missing' | 'broken' | 'foreign' };

export async function readHead(path: string, seal: AuditSeal): Promise<HeadReading> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { is: 'missing' };
    throw error;
  }
  const { body, keyId, digest } = /^(?<body>\{"keyId":"(?<keyId>[0-9a-z]{4,16})",.*),"digest":"(?<digest>[0-9a-f]{64})"\}\n$/su.exec(text)?.groups ?? {};
  if (body === undefined || digest === undefined) return { is: 'broken' };
  if (keyId !== seal.keyId) return { is: 'foreign' };
  if (!seal.fits(Buffer.from(body, 'latin1'), digest)) return { is: 'broken' };
  return { is: 'good', head: JSON.parse(`${body}}`) as AuditHead };
}

/** Whole or not at all, and on the disk when it resolves. */
export async function writeHead(path: string, { keyId, first, last }: AuditHead, seal: AuditSeal, openFile: typeof open): Promise<void> {
  const body = JSON.stringify({ keyId, first, last }).slice(0, -1);
  const handle = await openFile(`${path}.new`, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, FILE_MODE);
  try {
    await handle.writeFile(`${body},"digest":"${seal.digest(body)}"}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}
