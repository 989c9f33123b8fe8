import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { dockerignore } from '../support/containers/dockerignore.js';
import { filesBelow, makeImageFiles, secretFiles } from '../support/containers/image-files.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

describe('.dockerignore', () => {
  const ignored = dockerignore(readFileSync(path.join(ROOT, '.dockerignore'), 'utf8'));

  it('lets in what the images are made of', () => {
    for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'src/main.ts', 'src/domain/call/call.ts', 'examples/reference-orchestrator/main.ts', 'asterisk-conf/pjsip.conf', 'deploy/asterisk/entrypoint.sh']) {
      expect(ignored(file), file).to.equal(false);
    }
  });

  it('keeps out what was made here, what is secret and what is not needed', () => {
    for (const file of ['.env', '.env.local', 'src/.env', 'examples/x/.env.production', '.git/config', '.npmrc', 'var/up/asterisk/secrets.json', 'node_modules/ws/index.js', 'examples/node_modules/x.js', 'dist/src/main.js', 'test/deploy/compose.test.ts', 'config/tenants/north-bank.yaml', 'deploy/prometheus/alerts.yml', 'src/debug.log']) {
      expect(ignored(file), file).to.equal(true);
    }
  });
});

describe('image files made without Docker', () => {
  let context = '';
  let directory = '';

  beforeEach(async () => {
    context = await mkdtemp(path.join(os.tmpdir(), 'vg-context-'));
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-image-'));
    await mkdir(path.join(context, 'src/deep'), { recursive: true });
    for (const [name, text] of Object.entries({ 'src/a.conf': 'a', 'src/b.conf': 'b', 'src/deep/c.txt': 'c', 'src/.env': 'PASSWORD=1', 'run.sh': 'true', '.dockerignore': '**/.env\n' })) {
      await writeFile(path.join(context, name), text);
    }
  });
  afterEach(async () => {
    for (const made of [context, directory]) await rm(made, { recursive: true, force: true });
  });

  async function make(dockerfile: string): Promise<{ readonly root: string; readonly files: readonly string[]; readonly packages: readonly string[] }> {
    await writeFile(path.join(context, 'Dockerfile'), dockerfile);
    const { root, packages } = await makeImageFiles({ context, directory });
    return { root, packages, files: [...await filesBelow(root)].sort() };
  }

  it('copies files, patterns and directories to where Docker would', async () => {
    await chmod(path.join(context, 'run.sh'), 0o600);
    const { root, files } = await make('FROM x\nWORKDIR /app\nCOPY src src\nCOPY src/*.conf /etc/x/\nCOPY --chmod=0755 run.sh /usr/bin/run\nCOPY run.sh ./\n');
    expect(files).to.deep.equal(['app/run.sh', 'app/src/a.conf', 'app/src/b.conf', 'app/src/deep/c.txt', 'etc/x/a.conf', 'etc/x/b.conf', 'usr/bin/run']);
    expect((await stat(path.join(root, 'usr/bin/run'))).mode & 0o777).to.equal(0o755);
  });

  it('copies from the stages that are needed, and makes no others', async () => {
    const { root, files } = await make('FROM x AS unused\nRUN something strange\nFROM x AS made\nWORKDIR /w\nCOPY src out\nFROM x\nWORKDIR /app\nCOPY --from=made /w/out/deep deep\n');
    expect(files).to.deep.equal(['app/deep/c.txt']);
    expect(await readFile(path.join(root, 'app/deep/c.txt'), 'utf8')).to.equal('c');
  });

  it('names Debian packages, and refuses what it cannot do', async () => {
    expect((await make('FROM x\nRUN apt-get update \\\n && apt-get install -y --no-install-recommends one two \\\n && rm -rf /x\n')).packages).to.deep.equal(['one', 'two']);
    for (const wrong of ['FROM x\nRUN curl x | sh\n', 'FROM x\nADD a b\n', 'FROM x\nCOPY missing .\n', 'FROM x\nCOPY src/.env .\n', 'FROM x\nCMD node x\n']) {
      expect(await make(wrong).then(() => 'made', () => 'refused'), wrong).to.equal('refused');
    }
  });

  it('tells what may be secret by its name', () => {
    expect(secretFiles(['app/.env', 'app/x/.env.local', 'secrets.json', 'a/tls.key', 'a/id_ed25519', '.git/config', 'app/.npmrc'])).to.have.length(7);
    expect(secretFiles(['app/environment.js', 'app/key.js', 'app/secret.js'])).to.deep.equal([]);
  });
});
