/**
 * Fills in the configuration templates of asterisk-conf/.
 *
 * A placeholder is `${VG_NAME}` (a value is required) or `${VG_NAME:-default}`.
 * Only names that start with VG_ are touched: everything else in `${...}` is
 * Asterisk's own and is left as it stands.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const PLACEHOLDER = /\$\{(VG_[A-Z0-9_]+)(?::-([^}\n]*))?\}/g;
const HARMFUL = /[\r\n;]/; // a new line starts a setting, a semicolon a comment

/**
 * @param {string} text a template
 * @param {Readonly<Record<string, string>>} values by placeholder name
 * @param {string} name of the file, for error messages
 * @returns {string}
 */
export function renderTemplate(text, values, name) {
  return text.replace(PLACEHOLDER, (_match, key, fallback) => {
    const value = values[key] ?? fallback;
    if (value === undefined) throw new Error(`${name}: no value for \${${key}}, and it has no default`);
    if (HARMFUL.test(value)) throw new Error(`${name}: the value of ${key} contains a line break or a semicolon`);
    return value;
  });
}

/**
 * Renders every .conf of a directory into another, which is emptied first.
 *
 * @param {string} fromDir
 * @param {string} toDir
 * @param {Readonly<Record<string, string>>} values
 */
export async function renderDirectory(fromDir, toDir, values) {
  const names = (await readdir(fromDir)).filter((name) => name.endsWith('.conf')).sort();
  if (names.length === 0) throw new Error(`no .conf files in ${fromDir}`);
  await rm(toDir, { recursive: true, force: true });
  await mkdir(toDir, { recursive: true, mode: 0o700 });
  for (const name of names) {
    const text = await readFile(path.join(fromDir, name), 'utf8');
    await writeFile(path.join(toDir, name), renderTemplate(text, values, name), { mode: 0o600 });
  }
}
