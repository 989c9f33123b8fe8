#!/usr/bin/env node
/**
 * Under which licences the packages are that ship with the gateway: those of package-lock.json that are not for development alone.
 * Works offline, from node_modules. Exit code 1 when one is under a licence that is not in the list, or under none that it says.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Permissive all of them: they ask for a notice, not for our source. */
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'Unlicense', 'AFL-2.1']);
/** What old packages mean. */
const OTHER_NAMES = { 'Apache2': 'Apache-2.0', 'apache 2.0': 'Apache-2.0' };
/** What a package says elsewhere than in its package.json. */
const SAID_ELSEWHERE = { sprintf: { version: '0.1.1', licence: 'BSD-3-Clause', where: 'head of lib/sprintf.js' } };

/** @param {string} expression as SPDX writes it, without brackets in brackets */
export function isAllowed(expression) {
  const plain = expression.replace(/^\((.*)\)$/u, '$1');
  const name = (text) => OTHER_NAMES[text.trim()] ?? text.trim();
  if (plain.includes(' OR ')) return !plain.includes(' AND ') && plain.split(' OR ').some((one) => ALLOWED.has(name(one)));
  return plain.split(' AND ').every((one) => ALLOWED.has(name(one)));
}

/** @returns {Promise<readonly { name: string, version: string, licence: string | null }[]>} */
export async function licencesOf(root) {
  const { packages } = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const shipped = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
  return Promise.all(shipped.map(async ([place, { version, license }]) => {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return { name, version, licence: license ?? await ownWord(path.join(root, place)) ?? saidElsewhere(name, version) };
  }));
}

export function unwelcome(licences) {
  return licences.filter(({ licence }) => licence === null || !isAllowed(licence));
}

/** Packages from before SPDX have a list. */
async function ownWord(directory) {
  const text = await readFile(path.join(directory, 'package.json'), 'utf8').catch(() => null); // optional, and not for this machine
  if (text === null) return null;
  const { license, licenses } = JSON.parse(text);
  const said = license ?? licenses ?? null;
  if (Array.isArray(said)) return said.map(({ type }) => type).join(' AND ');
  return typeof said === 'object' && said !== null ? said.type : said;
}

function saidElsewhere(name, version) {
  const known = SAID_ELSEWHERE[name];
  return known?.version === version ? known.licence : null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const licences = await licencesOf(process.cwd());
  const counts = Map.groupBy?.(licences, ({ licence }) => licence ?? 'none') ?? new Map();
  for (const [licence, of] of [...counts].sort((a, b) => b[1].length - a[1].length)) process.stdout.write(`${String(of.length).padStart(4)}  ${licence}\n`);
  const faults = unwelcome(licences);
  for (const { name, version, licence } of faults) process.stderr.write(`${name} ${version}: ${licence ?? 'says no licence'}\n  fix: take another package, or add the licence to tools/licences.mjs when it asks for no more than a notice\n`);
  process.stdout.write(`${licences.length} packages ship with the gateway, ${faults.length} under a licence that is not wanted\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
