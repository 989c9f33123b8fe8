import { readFileSync } from 'node:fs';

/** Certificates of an authority, from the file that a setting names. Null: those that Node.js knows. Throws what the file system throws. */
export function authorityOf(file: string | null): string | null {
  return file === null ? null : readFileSync(file, 'utf8');
}
