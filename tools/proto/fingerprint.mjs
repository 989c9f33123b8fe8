import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const CONTRACT = 'proto';
const STUBS = 'src/adapters/grpc/generated';
export const FINGERPRINT_FILE = 'proto/fingerprint.json';

/** What belongs together: the contract and the stubs that were made of it. */
export function fingerprint() {
  return { contract: hashOf(CONTRACT, /\.(proto|yaml)$/u), stubs: hashOf(STUBS, /\.ts$/u) };
}

function hashOf(folder, wanted) {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true }).map((name) => name.split(path.sep).join('/')).filter((name) => wanted.test(name)).sort();
  for (const name of files) hash.update(`${name}\n`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}
