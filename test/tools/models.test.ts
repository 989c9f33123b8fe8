import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { recogniserConfig } from '../../src/adapters/speech/sherpa/model-files.js';
import { writeCtcRecogniser } from '../support/onnx/tiny-speech-models.js';

interface Outcome { readonly code: number; readonly said: string }

describe('make models', () => {
  let room: string;
  let origin: string;
  let visits: number;
  let server: http.Server;
  const archives = new Map<string, Buffer>();
  const checksumOf = (name: string): string => createHash('sha256').update(archives.get(name) ?? '').digest('hex');
  const run = (wishes: Readonly<Record<string, string>>): Promise<Outcome> => new Promise((resolve) => {
    const args = ['--no-print-directory', 'models', ...Object.entries(wishes).map(([name, value]) => `${name}=${value}`)];
    execFile('make', args, { env: { ...process.env, NAME: 'from-the-environment', VOICEGW_MODELS_DIR: path.join(room, 'models') } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` });
    });
  });
  const kept = (): readonly string[] => (existsSync(path.join(room, 'models')) ? readdirSync(path.join(room, 'models')) : []);

  before(() => {
    const packing = mkdtempSync(path.join(os.tmpdir(), 'vg-pack-'));
    writeCtcRecogniser(path.join(packing, 'their-model-2026'));
    for (const [name, flags] of [['model.tar.bz2', '-cjf'], ['model.tgz', '-czf']] as const) {
      execFileSync('tar', [flags, name, 'their-model-2026'], { cwd: packing });
      archives.set(name, readFileSync(path.join(packing, name)));
    }
    execFileSync('tar', ['-cf', 'flat.tar', '-C', 'their-model-2026', '.'], { cwd: packing });
    archives.set('flat.tar', readFileSync(path.join(packing, 'flat.tar')));
    archives.set('vad.onnx', Buffer.from('a single file'));
    archives.set('broken.tar.bz2', Buffer.from('this is no archive'));
    rmSync(packing, { recursive: true });
  });

  beforeEach(async () => {
    room = mkdtempSync(path.join(os.tmpdir(), 'vg-models-'));
    visits = 0;
    server = http.createServer((request, response) => {
      visits += 1;
      const { pathname } = new URL(request.url ?? '/', 'http://models.test');
      const archive = archives.get(path.posix.basename(pathname));
      if (archive === undefined) response.writeHead(404).end();
      else if (pathname.startsWith('/cut/')) response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 10), () => { response.destroy(); });
      else response.writeHead(200, { 'content-length': archive.length }).end(archive);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => { server.once('listening', resolve); });
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(room, { recursive: true });
  });

  for (const name of ['model.tar.bz2', 'model.tgz', 'flat.tar']) {
    it(`unpacks ${name} to a directory that the provider takes, and tells it`, async () => {
      const { code, said } = await run({ URL: `${origin}/${name}`, NAME: 'mine' });
      const directory = path.join(room, 'models', 'mine');
      expect({ code, said }).to.satisfy((outcome: Outcome) => outcome.code === 0 && outcome.said.includes(`ready: ${directory}`));
      expect(said).to.include(`SHA256=${checksumOf(name)}`).and.match(/MB of .*\(100 %\)/u);
      expect(recogniserConfig({ directory, precision: 'int8', threads: 1 }, 'auto').modelConfig.zipformer2Ctc?.model).to.equal(path.join(directory, 'model.onnx'));
      expect(kept()).to.deep.equal(['mine']);
    });
  }

  it('keeps a single file as it is', async () => {
    expect((await run({ URL: `${origin}/vad.onnx`, NAME: 'silero', SHA256: checksumOf('vad.onnx') })).code).to.equal(0);
    expect(readFileSync(path.join(room, 'models/silero/vad.onnx'), 'utf8')).to.equal('a single file');
  });

  it('brings a model once, and tells no secret of its address', async () => {
    await run({ URL: `${origin}/model.tgz?token=geheim`, NAME: 'mine' });
    const again = await run({ URL: `${origin}/model.tgz?token=geheim`, NAME: 'mine', SHA256: checksumOf('model.tgz') });
    expect(again.said).to.include(`there already: ${path.join(room, 'models', 'mine')}`);
    expect(visits).to.equal(1);
    expect(readFileSync(path.join(room, 'models/mine/from.json'), 'utf8')).not.to.include('geheim');
  });

  it('keeps nothing of a download that has another checksum, was cut, is no archive or is not there, and says how to mend it', async () => {
    for (const [address, sha256, message] of [
      ['model.tgz', '0'.repeat(64), `has the SHA-256 ${checksumOf('model.tgz')}, not 0000`], ['cut/model.tgz', '', 'could not fetch'],
      ['broken.tar.bz2', '', 'could not unpack broken.tar.bz2'], ['none.tgz', '', 'the server answered 404'],
    ] as const) {
      const { code, said } = await run({ URL: `${origin}/${address}`, NAME: 'mine', SHA256: sha256 });
      expect(code, address).not.to.equal(0);
      expect(said, address).to.include(message).and.match(/\n {2}Fix: /u);
      expect(kept(), address).to.deep.equal([]);
    }
  });

  it('touches no directory that has another model, or that somebody made by hand', async () => {
    await run({ URL: `${origin}/model.tgz`, NAME: 'mine' });
    const other = await run({ URL: `${origin}/flat.tar`, NAME: 'mine' });
    expect(other.said).to.include(`came from ${origin}/model.tgz`).and.include('choose another NAME');
    mkdirSync(path.join(room, 'models/by-hand'));
    writeFileSync(path.join(room, 'models/by-hand/tokens.txt'), '');
    expect((await run({ URL: `${origin}/model.tgz`, NAME: 'by-hand' })).said).to.include('was not brought by "make models"');
    expect(visits).to.equal(1);
  });

  it('wants an address and a name that are some', async () => {
    for (const [wishes, message] of [
      [{}, 'which model?'], [{ URL: `${origin}/model.tgz` }, 'which model?'], [{ URL: 'file:///etc/passwd', NAME: 'mine' }, 'is no address of a file'],
      [{ URL: `${origin}/model.tgz`, NAME: '../mine' }, 'is no name for a directory'], [{ URL: `${origin}/model.tgz`, NAME: 'mine', SHA256: 'abc' }, 'is no SHA-256'],
    ] as const) {
      const { code, said } = await run(wishes);
      expect(code).not.to.equal(0);
      expect(said).to.include(message).and.include('Fix: ');
    }
    expect(visits).to.equal(0);
  });
});
