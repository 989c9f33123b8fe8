import { type NumberLanguage, type NumberWords, numberLanguage } from '../number-language.js';
import { ENGLISH } from './english.js';
import { FRENCH } from './french.js';
import { GERMAN } from './german.js';
import { SPANISH } from './spanish.js';

const TABLES: ReadonlyMap<string, NumberWords> = new Map([ENGLISH, GERMAN, SPANISH, FRENCH].map((table) => [table.code, table]));
const prepared = new Map<string, NumberLanguage>();

/**
 * How numbers are said in `tags` (BCP 47, `de-AT`), the first deciding where two know the same word. Languages without a table
 * are left out: there figures are found, number words are not. English always helps: its digits are heard everywhere.
 */
export function numberLanguagesOf(tags: readonly string[]): NumberLanguage {
  const codes = [...new Set([...tags.map((tag) => tag.toLowerCase().split(/[-_]/u)[0] ?? ''), 'en'])].filter((code) => TABLES.has(code));
  const name = codes.join(' ');
  const known = prepared.get(name);
  if (known !== undefined) return known;
  const language = numberLanguage(codes.flatMap((code) => TABLES.get(code) ?? []));
  prepared.set(name, language); // at most as many as there are orders of four tables
  return language;
}
