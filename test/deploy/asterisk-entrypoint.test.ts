import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { renderDirectory } from '#tools/asterisk/render-conf.mjs';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');
const TEMPLATES = path.join(ROOT, 'asterisk-conf');
const SECRETS = { VG_ARI_PASSWORD: 'a$b&c\\1"d/e', VG_SOFTPHONE_PASSWORD: "it's" };

describe('the entry point of the Asterisk image', () => {
  let directory = '';

  beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'vg-entrypoint-')); });
  afterEach(async () => { await rm(directory, { recursive: true, force: true }); });

  function environment(over: Readonly<Record<string, string>>, templates = TEMPLATES): Record<string, string> {
    const at = (name: string): string => path.join(directory, name);
    return {
      VG_TEMPLATE_DIR: templates, VG_ETC_DIR: at('etc'), VG_SOCKET_DIR: at('run'), VG_LOG_DIR: at('log'), VG_STATE_DIR: at('state'),
      VG_SPOOL_DIR: at('spool'), VG_MODULE_DIR: '/modules', VG_DATA_DIR: '/data', ...over,
    };
  }

  /** Its log reader lives as long as the container: here it is ended with the command that stands for Asterisk. */
  async function enter(env: Readonly<Record<string, string>>, command = 'echo began; kill -TERM 0'): Promise<string> {
    const { stdout } = await run('setsid', ['--wait', path.join(ROOT, 'deploy/asterisk/entrypoint.sh'), 'sh', '-c', command], { env: { PATH: process.env['PATH'] ?? '', ...env } })
      .catch((error: unknown) => error as { readonly stdout: string; readonly stderr: string });
    return stdout;
  }

  it('fills the templates in as tools/asterisk.mjs does, byte for byte', async () => {
    const env = environment({ ...SECRETS, VG_SIP_BIND: '0.0.0.0', VG_EXTERNAL_ADDRESS: '192.0.2.1', VG_RTP_START: '20000', VG_FALLBACK_APP: '' });
    expect(await enter(env)).to.equal('began\n');
    await renderDirectory(TEMPLATES, path.join(directory, 'expected'), env);
    const names = await readdir(path.join(directory, 'expected'));
    expect((await readdir(path.join(directory, 'etc'))).sort()).to.deep.equal(names.sort());
    for (const name of names) {
      expect(await readFile(path.join(directory, 'etc', name), 'utf8'), name).to.equal(await readFile(path.join(directory, 'expected', name), 'utf8'));
    }
  });

  it('does not start without a value that has no default, or with one that would add a setting', async () => {
    expect(await enter(environment({ VG_SOFTPHONE_PASSWORD: 'x' }))).to.equal('');
    expect(await enter(environment({ ...SECRETS, VG_APP: 'x\nbindaddr = 0.0.0.0' }))).to.equal('');
    expect(await enter(environment({ ...SECRETS, VG_APP: 'x;y' }))).to.equal('');
  });

  it('brings what Asterisk logs to its own output', async () => {
    const templates = path.join(directory, 'templates');
    await run('mkdir', [templates]);
    await writeFile(path.join(templates, 'logger.conf'), '[logfiles]\n');
    const log = path.join(directory, 'log', 'messages.log');
    const child = spawn(path.join(ROOT, 'deploy/asterisk/entrypoint.sh'), ['sh', '-c', `echo one >${log}; echo two >>${log}; exec sleep 60`], {
      env: { PATH: process.env['PATH'] ?? '', ...environment(SECRETS, templates) }, stdio: ['ignore', 'pipe', 'inherit'], detached: true,
    });
    let seen = '';
    while (!seen.endsWith('two\n')) seen += ((await once(child.stdout, 'data')) as [Buffer])[0].toString();
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await once(child, 'close');
    expect(seen).to.equal('one\ntwo\n');
  });
});
