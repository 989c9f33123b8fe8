import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { nodeModulesCurrent } from '../../tools/platform/node-modules.mjs';

describe('node_modules', () => {
  let root: string;
  const wanted = { '': {}, 'node_modules/one': { version: '1.0.0' }, 'node_modules/other': { version: '2.0.0', optional: true } };

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'node-modules-'));
    await mkdir(path.join(root, 'node_modules/one'), { recursive: true });
    await writeFile(path.join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    await writeFile(path.join(root, 'node_modules/one/package.json'), '{}');
    await records({ 'node_modules/one': { version: '1.0.0' } });
  });
  afterEach(async () => { await rm(root, { recursive: true }); });

  const records = (packages: object): Promise<void> => writeFile(path.join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));

  it('is current when all that is wanted is there; what is optional may be absent', async () => {
    expect(await nodeModulesCurrent(root)).to.equal(true);
  });

  it('is not current when a version differs, or nothing was ever installed', async () => {
    await records({ 'node_modules/one': { version: '1.0.1' } });
    expect(await nodeModulesCurrent(root)).to.equal(false);
    await rm(path.join(root, 'node_modules'), { recursive: true });
    expect(await nodeModulesCurrent(root)).to.equal(false);
  });

  it('is not current when a folder was removed that npm has on record', async () => {
    await rm(path.join(root, 'node_modules/one'), { recursive: true });
    expect(await nodeModulesCurrent(root)).to.equal(false);
  });
});
