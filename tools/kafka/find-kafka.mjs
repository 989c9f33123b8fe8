/** Finds what a Kafka broker needs: a Java, and the jars that tools/setup.sh brought into the cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 15_000;
export const JAVA_MIN = 17;
export const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/**
 * @typedef {object} KafkaInstallation
 * @property {string} version
 * @property {string} libDir
 * @property {string} java the program
 */

/** Where the jars go; another list of jars is another directory. @returns {Promise<{ version: string, root: string }>} */
export async function jarsRoot(env = process.env) {
  const pom = await readFile(POM, 'utf8');
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
  const cache = env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  return { version, root: path.join(cache, 'voice-gateway', 'kafka', `${version}-${digest}`) };
}

/** @returns {Promise<KafkaInstallation>} */
export async function findKafka(env = process.env) {
  const { version, root } = await jarsRoot(env);
  const java = env.JAVA_HOME ? path.join(env.JAVA_HOME, 'bin', 'java') : 'java';
  const major = await javaMajor(java);
  if (major < JAVA_MIN) {
    throw new Error(`${major === 0 ? 'no Java' : `Java ${String(major)} is too old`} for a Kafka broker. Fix: run "make setup", or install Java ${String(JAVA_MIN)} or newer (apt-get install default-jre-headless)`);
  }
  const jars = await readdir(root).catch(() => []);
  if (!jars.some((name) => name.startsWith('kafka_'))) throw new Error('the jars of the Kafka broker are not here. Fix: run "make setup"');
  return { version, libDir: root, java };
}

/** @returns {Promise<number>} 0: none */
async function javaMajor(java) {
  const answer = await run(java, ['-version'], { timeout: PROBE_TIMEOUT_MS }).catch(() => undefined);
  return Number(/version "(\d+)/.exec(answer?.stderr ?? '')?.[1] ?? 0);
}
