/** Whether node_modules is what package-lock.json asks for. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runStep } from './run-step.mjs';

/** @param {string} root of the project @returns {Promise<boolean>} */
export async function nodeModulesCurrent(root) {
  const wanted = await readPackages(path.join(root, 'package-lock.json'));
  // npm's own record of what it installed, written as the last step.
  const present = await readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([where, { version, optional }]) => {
    if (where === '') return true; // the project itself
    const installed = present[where];
    if (installed === undefined) return optional === true;
    // The record outlives a folder that somebody removed.
    return installed.version === version && existsSync(path.join(root, where, 'package.json'));
  });
}

/** @param {string} root */
export async function installNodeModules(root) {
  await runStep('install Node packages (npm ci)', ['npm', 'ci', '--no-audit', '--no-fund'], {
    cwd: root, fix: 'check the network and the registry npm uses (npm config get registry), then run: npm ci',
  });
}

async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}
