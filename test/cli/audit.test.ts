import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { AuditSeal } from '../../src/adapters/audit/audit-seal.js';
import { auditCommand } from '../../src/cli/audit.js';
import { AuditScene } from '../adapters/audit/audit-scene.js';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const outcome = { code: 0, out: '', err: '' };
  const command = auditCommand({
    env, write: (text) => { outcome.out += text; }, complain: (text) => { outcome.err += text; }, setExitCode: (code) => { outcome.code = code; }, interrupted: new AbortController().signal,
  });
  await command.parseAsync(['verify', ...args], { from: 'user' });
  return outcome;
}

describe('voice-gateway audit verify', () => {
  let scene: AuditScene;

  beforeEach(async () => { scene = await AuditScene.create(); });
  afterEach(async () => { await scene.close(); });

  it('says that a chain is whole, and how far it goes', async () => {
    await scene.written(['1', '2']);
    const { code, out } = await run(['--directory', scene.directory]);
    expect(out).to.match(/^node-1: intact: 2 entries, 1 of 2026-11-20T12:00:00.000Z to 2 of 2026-11-20T12:00:00.000Z\n {2}digest of the last: [0-9a-f]{64}\n$/u);
    expect(code).to.equal(0);
  });

  it('says file and line where it breaks, exit code 1', async () => {
    await scene.written(['1', '2', '3']);
    const [name] = await scene.files();
    const file = scene.path(name!);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"subject":"2"', '"subject":"5"'));
    const { code, out } = await run([], { VG_AUDIT_DIRECTORY: scene.directory });
    expect(out).to.include(`node-1: BROKEN: ${name!} line 2 is not as it was written\n  whole before it: 1 entries`);
    expect(code).to.equal(1);
  });

  it('takes the key from a file or the environment', async () => {
    await scene.written(['1'], { seal: new AuditSeal('the key') });
    await appendFile(scene.path('key'), 'the key\n');
    expect((await run(['--directory', scene.directory, '--key-file', scene.path('key')])).code).to.equal(0);
    expect((await run(['--directory', scene.directory], { VG_AUDIT_KEY: 'the key' })).code).to.equal(0);
    expect(await run(['--directory', scene.directory])).to.include({ code: 1 });
  });

  it('an empty or missing directory is no whole chain', async () => {
    expect((await run(['--directory', scene.directory])).err).to.include('There is no audit trail');
    expect(await run(['--directory', scene.path('none')])).to.include({ code: 1 });
  });
});
