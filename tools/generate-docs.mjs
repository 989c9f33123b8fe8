/**
 * Writes the documents that are made from the code, or with --check says which are not current (exit 1).
 * Run by `npm run docs` and `npm run docs:check`; needs tsx, since it reads the sources.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generatedDocuments } from '../test/support/generated-documents.ts';

const check = process.argv.includes('--check');
const root = fileURLToPath(new URL('..', import.meta.url));
const stale = [];
for (const [file, text] of Object.entries(generatedDocuments())) {
  const present = await readFile(root + file, 'utf8').catch(() => undefined);
  if (present === text) continue;
  stale.push(file);
  if (!check) await writeFile(root + file, text);
}
if (stale.length === 0) console.log('generated documents are current');
else if (!check) console.log(`written: ${stale.join(', ')}`);
else {
  console.error(`not current: ${stale.join(', ')}\n  fix: npm run docs`);
  process.exitCode = 1;
}
