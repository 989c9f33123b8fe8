#!/usr/bin/env node
/** Brings everything the project needs onto this machine; does only what is missing. `--help` lists it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findAsterisk, unpackedRoot } from './asterisk/find-asterisk.mjs';
import { findKafka } from './kafka/find-kafka.mjs';
import { installPackages, missingPackages } from './platform/apt-packages.mjs';
import { fetchKafka } from './platform/fetch-kafka.mjs';
import { installNodeModules, nodeModulesCurrent } from './platform/node-modules.mjs';
import { findPrometheus, unpackPrometheus } from './platform/prometheus.mjs';
import { APT_PACKAGES, NODE_MIN, nodeRecentEnough } from './platform/requirements.mjs';
import { FixableError } from './platform/run-step.mjs';
import { unpackAsterisk } from './platform/unpack-asterisk.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HELP = `usage: tools/setup.sh [--all]

Checks Node.js, then brings what is missing:
  Debian packages   ${APT_PACKAGES.map(({ name }) => name).join(' ')}  (needs root or sudo)
  Node packages     npm ci, when node_modules differs from package-lock.json
  Asterisk          an installed one if it is recent enough, else Debian sid's, unpacked into
                    ${unpackedRoot()}  (nothing is installed, no root)

With --all, what the tests and "make up KAFKA=1" need as well:
  Kafka             the jars of one broker, for tests and "make up KAFKA=1", by Maven, into the same cache
  Prometheus        Debian's, unpacked beside it: the tests try docker-compose.yml with it. Only noted when it fails

VOICEGW_DEBIAN_MIRROR=URL takes another mirror for Asterisk, VOICEGW_ASTERISK_ROOT=DIR another place.`;

function checkNode() {
  if (nodeRecentEnough(process.versions.node)) {
    console.log(`Node.js ${process.versions.node}`);
    return;
  }
  throw new FixableError(`Node.js ${process.versions.node} is too old`, `install Node.js ${NODE_MIN.join('.')} or newer (https://nodejs.org/en/download)`);
}

async function bringPackages() {
  const missing = await missingPackages(APT_PACKAGES);
  if (missing.length > 0) await installPackages(missing);
  console.log(`Debian packages: all ${String(APT_PACKAGES.length)} present`);
}

async function bringNodeModules() {
  if (!(await nodeModulesCurrent(ROOT))) await installNodeModules(ROOT);
  console.log('Node packages: as in package-lock.json');
}

async function bringAsterisk() {
  const found = await findAsterisk().catch(() => undefined);
  if (!found) await unpackAsterisk(unpackedRoot());
  const asterisk = found ?? await findAsterisk();
  console.log(`${asterisk.version} (${asterisk.kind === 'installed' ? asterisk.command[0] : path.resolve(unpackedRoot())})`);
}

async function bringKafka() {
  const found = await findKafka().catch(() => undefined);
  if (!found) await fetchKafka();
  const { version, libDir } = found ?? await findKafka();
  console.log(`Kafka ${version} (${libDir})`);
}

/** Worth a test, not worth a failed set-up: without it those tests are pending. */
async function bringPrometheus() {
  if (!(await findPrometheus())) await unpackPrometheus().catch((error) => { console.log(`note: ${error.message}`); });
  const found = await findPrometheus();
  console.log(found ? `Prometheus (${found.prometheus})` : 'Prometheus: absent; its tests will be pending');
}

async function main() {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false }, all: { type: 'boolean', default: false } } });
  if (values.help) { console.log(HELP); return; }
  checkNode();
  await bringPackages();
  await bringNodeModules();
  await bringAsterisk();
  if (!values.all) return;
  await bringKafka();
  await bringPrometheus();
}

main().catch((error) => {
  console.error(`setup: ${error.message}`);
  if (error instanceof FixableError) console.error(`  Fix: ${error.fix}`);
  process.exitCode = 1;
});
