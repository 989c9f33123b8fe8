import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import { type VerificationKey, verificationKey } from './verification-key.js';

const FILE = 'token-key.pem';
/** Read and written by its owner alone. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Both halves of a key, for machines on which somebody develops. */
export interface DevelopmentKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly verification: VerificationKey;
  /** Made now: nobody believes it who has started before. */
  readonly made: boolean;
}

/**
 * The key in that directory, made on first use. Two processes that make it at once get the same.
 *
 * @throws PortError `token-verifier/no-development-key`, with what to do about it.
 */
export async function openDevelopmentKey(directory: string): Promise<DevelopmentKey> {
  const file = path.join(directory, FILE);
  try {
    const pem = await readOwn(file);
    return pem === null ? { ...keyFrom(await make(directory, file)), made: true } : { ...keyFrom(pem), made: false };
  } catch (cause) {
    if (isPortError(cause)) throw cause;
    throw unusable(`${file} cannot be used`, 'remove it: a new one is made; or name another directory with api.developmentDirectory', cause);
  }
}

/** Null: there is none yet. */
async function readOwn(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    if (((await handle.stat()).mode & 0o077) !== 0) throw unusable(`${file} can be read by others, who could sign tokens with it`, `remove it: a new one is made (or chmod 600 ${file}, when nobody has read it)`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Written whole under another name, then put in place, unless somebody was faster. */
async function make(directory: string, file: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const written = `${file}.${randomUUID()}`;
  const handle = await open(written, 'wx', FILE_MODE);
  try {
    await chmod(written, FILE_MODE);
    await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await handle.sync();
    await link(written, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(written, { force: true });
  }
  return readFile(file, 'utf8');
}

function keyFrom(pem: string): Omit<DevelopmentKey, 'made'> {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const verification = verificationKey(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'ES256');
  if (verification === null) throw new Error('not a P-256 key');
  const digest = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex');
  return { keyId: `development-${digest.slice(0, 16)}`, privateKey, verification };
}

function unusable(message: string, fix: string, cause?: unknown): PortError {
  return new PortError(`${message}\n  fix: ${fix}`, { code: 'token-verifier/no-development-key', kind: 'unavailable', retryable: false, ...(cause === undefined ? {} : { cause }) });
}
