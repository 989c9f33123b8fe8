/** The numbers of the demo's tenants, for people who want to dial them. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

/** @param {string} dir of tenant files @returns {Promise<{ number: string, name: string }[]>} */
export async function readDids(dir) {
  const files = (await readdir(dir)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const tenants = await Promise.all(files.map(async (name) => parse(await readFile(path.join(dir, name), 'utf8'))));
  return tenants.flatMap((tenant) => (tenant?.dids ?? []).map(({ number, agent }) => {
    const profile = (tenant.agents ?? []).find(({ id }) => id === agent);
    return { number: String(number), name: `${tenant.name}, ${profile?.name ?? agent}` };
  }));
}
