import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const GENERATED = 'src/adapters/grpc/generated';

async function filesBelow(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)));
}

describe('the gRPC stubs', function () {
  this.timeout(60_000);

  it('are what npm run proto makes of proto/, which keeps the rules of its lint', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'voice-gateway-proto-'));
    try {
      await run('node_modules/.bin/buf', ['lint', 'proto']);
      await run('node_modules/.bin/buf', ['generate', '--template', 'proto/buf.gen.yaml', '--output', folder]);
      const made = await filesBelow(path.join(folder, GENERATED));
      expect(Object.keys(made)).not.to.be.empty;
      expect(await filesBelow(GENERATED)).to.deep.equal(made);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
