#!/usr/bin/env node
/** `make env`: .env from .env.example, with passwords made at random. One that is there already is left as it is. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const PASSWORDS = { VG_ASTERISK_PASSWORD: 24, SOFTPHONE_PASSWORD: 12 };
const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

let text = await readFile(file('.env.example'), 'utf8');
for (const [name, bytes] of Object.entries(PASSWORDS)) {
  text = text.replace(new RegExp(`^${name}=$`, 'm'), () => `${name}=${randomBytes(bytes).toString('base64url')}`);
}
const outcome = await writeFile(file('.env'), text, { flag: 'wx', mode: 0o600 }).then(() => 'written', (error) => {
  if (error.code === 'EEXIST') return 'there already, left as it is';
  throw error;
});
console.log(`.env: ${outcome}`);
