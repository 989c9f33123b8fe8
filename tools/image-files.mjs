/**
 * Makes the files of an image without Docker, tells what is in it, and starts it. Needs tsx, since it shares its code with
 * the tests: node --import tsx tools/image-files.mjs --help
 */
import { chmod, cp, mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { composeProject } from '../test/support/containers/compose-file.ts';
import { filesBelow, makeImageFiles, secretFiles } from '../test/support/containers/image-files.ts';
import { NativeAddresses } from '../test/support/containers/native-addresses.ts';
import { layOutContainer } from '../test/support/containers/native-container.ts';
import { NativeService } from '../test/support/containers/native-service.ts';

const HELP = `usage: npm run --silent image-files -- [options]

Does what the stages of a Dockerfile do to files (COPY under .dockerignore, npm ci, npm run build), in a directory of its own,
and reports what the image would hold. Debian packages are named, not fetched.

  --target NAME       stage to make, default gateway
  --out DIR           keep the files there (it must not exist); default: a temporary directory, deleted at the end
  --start             start it as docker-compose.yml does, wait for its health check, end it by SIGTERM

Exits 1 when something is missing, when a file looks like a secret, or when what was started does not live.`;

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const OPTIONS = { target: { type: 'string', default: 'gateway' }, out: { type: 'string' }, start: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } };
const SHOWN = 5;
const START_TIMEOUT_MS = 60_000;

async function report(image) {
  const files = await Promise.all((await filesBelow(image.root)).map(async (name) => ({ name, bytes: (await stat(path.join(image.root, name))).size })));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`${String(files.length)} files, ${(bytes / 1e6).toFixed(1)} MB; Debian packages besides: ${image.packages.join(' ') || 'none'}`);
  for (const { name, bytes: size } of files.sort((a, b) => b.bytes - a.bytes).slice(0, SHOWN)) console.log(`  ${(size / 1e6).toFixed(1).padStart(6)} MB  ${name}`);
  const secrets = secretFiles(files.map(({ name }) => name));
  if (secrets.length > 0) throw new Error(`these look like secrets: ${secrets.join(', ')}. Fix: name them in .dockerignore`);
}

async function start(image, name, directory) {
  const project = composeProject(path.join(ROOT, 'docker-compose.yml'), 'VG_ASTERISK_PASSWORD=none\nSOFTPHONE_PASSWORD=none\n');
  const addresses = new NativeAddresses(Object.keys(project.services), Math.random());
  const service = NativeService.start(await layOutContainer({
    name, service: project.services[name], image, projectDirectory: ROOT, directory: path.join(directory, 'container'), uid: null,
    addresses, programs: { node: [process.execPath] },
  }));
  let code;
  try {
    await service.healthy();
    console.log(`${name} is healthy, from these files only`);
    if (name === 'gateway') await untilStarted(`http://${addresses.of(name)}:8080/startupz`);
  } finally {
    code = await service.stop();
  }
  if (code !== 0) throw new Error(`${name} ended with code ${String(code)}:\n${service.output}`);
  console.log(`${name} ended by SIGTERM with code 0`);
}

/** It lives before it has started: only then does a signal drain it. */
async function untilStarted(url) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while ((await fetch(url).catch(() => undefined))?.status !== 200) {
    if (Date.now() > deadline) throw new Error(`${url} was not 200 within ${String(START_TIMEOUT_MS / 1000)} s`);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) { console.log(HELP); return; }
  const directory = await mkdtemp('/tmp/vg-image-');
  await chmod(directory, 0o755);
  try {
    const image = await makeImageFiles({ context: ROOT, target: values.target, directory });
    await report(image);
    if (values.out) await cp(image.root, values.out, { recursive: true, errorOnExist: true, force: false });
    if (values.start) await start(image, values.target, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(`image-files: ${error.message}`);
  process.exitCode = 1;
});
