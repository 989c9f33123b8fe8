/** Downloads a model and unpacks it into the cache: all of it, or nothing. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { processIdentity } from '../asterisk/process-identity.mjs';
import { FixableError, runStep } from './run-step.mjs';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const ARCHIVE = /\.(?:tar|tar\.bz2|tar\.gz|tgz)$/;
/** Beside what was unpacked: where it came from. */
const RECEIPT = 'from.json';
/** No byte for so long: the other side is gone. */
const STALL_MS = 60_000;
const TELL_EVERY_MS = 2000;
const MB = 1e6;

/** Without what may be secret in it: a user, a query. */
const addressOf = (url) => { const { origin, pathname } = new URL(url); return `${origin}${pathname}`; };

/** Where models are kept. */
export function modelsRoot(env = process.env) {
  if (env.VOICEGW_MODELS_DIR) return path.resolve(env.VOICEGW_MODELS_DIR);
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'voice-gateway', 'models');
}

/**
 * @param {{ url: string, name: string, sha256: string }} wanted `sha256` may be empty
 * @returns {Promise<{ directory: string, fresh: boolean }>}
 */
export async function bringModel(wanted, root = modelsRoot()) {
  const source = checked(wanted);
  const directory = path.join(root, wanted.name);
  if (await isThere(directory, wanted)) return { directory, fresh: false };
  await removeAbandoned(root, wanted.name);
  const partial = `${directory}.partial-${String(process.pid)}`; // its own: two may run at once
  await mkdir(partial, { recursive: true });
  try {
    const download = path.join(partial, path.posix.basename(source.pathname));
    const sha256 = await fetchTo(download, source);
    if (wanted.sha256 !== '' && sha256 !== wanted.sha256) {
      throw new FixableError(`what came from ${addressOf(source)} has the SHA-256 ${sha256}, not ${wanted.sha256}`, 'check the address and the checksum with the authors of the model; nothing was kept');
    }
    console.log(`    SHA256=${sha256}`);
    const unpacked = await unpack(download, path.join(partial, 'model'));
    await writeFile(path.join(unpacked, RECEIPT), `${JSON.stringify({ url: addressOf(source), sha256 }, undefined, 2)}\n`);
    await rename(unpacked, directory).catch(async (error) => {
      if (!(await isThere(directory, wanted))) throw error; // another one was faster
    });
    return { directory, fresh: true };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function checked({ url, name, sha256 }) {
  if (!NAME.test(name)) throw new FixableError(`"${name}" is no name for a directory`, 'use letters, digits, dots, dashes: NAME=my-model');
  if (sha256 !== '' && !SHA256.test(sha256)) throw new FixableError(`"${sha256}" is no SHA-256`, 'it has 64 hexadecimal digits: sha256sum FILE prints it');
  const source = URL.canParse(url) ? new URL(url) : undefined;
  if (!source || !['http:', 'https:'].includes(source.protocol) || path.posix.basename(source.pathname) === '') throw new FixableError(`"${url}" is no address of a file`, 'give one that begins with https://');
  return source;
}

/** @throws FixableError when something else has that name. */
async function isThere(directory, { url, sha256 }) {
  const text = await readFile(path.join(directory, RECEIPT), 'utf8').catch(() => undefined);
  if (text === undefined) {
    const names = await readdir(directory).catch(() => []);
    if (names.length > 0) throw new FixableError(`${directory} is there, but was not brought by "make models"`, 'choose another NAME, or remove that directory');
    return false;
  }
  const receipt = JSON.parse(text);
  if (receipt.url === addressOf(url) && (sha256 === '' || sha256 === receipt.sha256)) return true;
  throw new FixableError(`${directory} came from ${receipt.url} (SHA-256 ${receipt.sha256})`, 'choose another NAME, or remove that directory');
}

/** What interrupted downloads left behind. */
async function removeAbandoned(root, name) {
  for (const other of await readdir(root).catch(() => [])) {
    const [base, pid] = other.split('.partial-');
    if (base === name && pid && !processIdentity(Number(pid))) await rm(path.join(root, other), { recursive: true, force: true });
  }
}

/** @returns {Promise<string>} its SHA-256 */
async function fetchTo(file, source) {
  console.log(`==> fetch ${addressOf(source)}`);
  const fix = 'check the address and the network; then run it again';
  const stalled = new AbortController();
  const watch = () => setTimeout(() => { stalled.abort(new Error(`nothing came for ${String(STALL_MS / 1000)} s`)); }, STALL_MS);
  let timer = watch();
  const alive = () => { clearTimeout(timer); timer = watch(); };
  try {
    const answer = await fetch(source, { signal: stalled.signal });
    if (!answer.ok || answer.body === null) throw new Error(`the server answered ${String(answer.status)}`);
    const total = answer.headers.has('content-encoding') ? 0 : Number(answer.headers.get('content-length') ?? 0);
    const hash = createHash('sha256');
    await pipeline(Readable.fromWeb(answer.body), counting(hash, total, alive), createWriteStream(file), { signal: stalled.signal });
    return hash.digest('hex');
  } catch (error) {
    const why = stalled.signal.aborted ? stalled.signal.reason : error;
    throw new FixableError(`could not fetch ${addressOf(source)}: ${why.cause?.message ?? why.message}`, fix);
  } finally {
    clearTimeout(timer);
  }
}

function counting(hash, total, alive) {
  let bytes = 0;
  let toldAt = Date.now();
  const tell = () => { console.log(`    ${(bytes / MB).toFixed(1)} MB${total > 0 ? ` of ${(total / MB).toFixed(1)} (${String(Math.floor((100 * bytes) / total))} %)` : ''}`); };
  return new Transform({
    transform(chunk, _encoding, done) {
      alive();
      hash.update(chunk);
      bytes += chunk.length;
      if (Date.now() - toldAt >= TELL_EVERY_MS) { toldAt = Date.now(); tell(); }
      done(null, chunk);
    },
    flush(done) {
      tell();
      // A connection that is cut early shows as an error only when the length was told.
      done(total > 0 && bytes < total ? new Error(`only ${String(bytes)} of ${String(total)} bytes came`) : null);
    },
  });
}

/** @returns {Promise<string>} the directory that has the files of the model: that of the archive's only one, when it has only one */
async function unpack(download, target) {
  await mkdir(target);
  if (!ARCHIVE.test(download)) {
    await rename(download, path.join(target, path.basename(download)));
    return target;
  }
  // tar refuses members that lead out of the target; owners and rights are ours.
  await runStep(`unpack ${path.basename(download)}`, ['tar', '-xf', download, '-C', target, '--no-same-owner', '--no-same-permissions'], {
    fix: 'see what tar says above; for .tar.bz2 it needs bzip2 (apt-get install bzip2)',
  });
  const entries = await readdir(target, { withFileTypes: true });
  const [only] = entries;
  if (!only) throw new FixableError('the archive is empty', 'check the address with the authors of the model');
  return entries.length === 1 && only.isDirectory() ? path.join(target, only.name) : target;
}
