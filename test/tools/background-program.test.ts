import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { programRuns, startProgram, stopProgram } from '#tools/platform/background-program.mjs';
import { sameProcess } from '#tools/asterisk/process-identity.mjs';

describe('A background program', () => {
  let dir: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'vg-program-')); });
  afterEach(async () => {
    await stopProgram(dir, 'it', { graceMs: 100 });
    await rm(dir, { recursive: true, force: true });
  });

  const start = (script: string, readyTimeoutMs = 10_000): Promise<void> => startProgram({
    name: 'it', dir, command: [process.execPath, '-e', script], readyTimeoutMs,
    ready: async () => (await readFile(path.join(dir, 'it.log'), 'utf8')).includes('ready'),
  });
  const identity = async (): Promise<{ pid: number; startTicks: number }> => JSON.parse(await readFile(path.join(dir, 'it.pid.json'), 'utf8')) as { pid: number; startTicks: number };

  it('runs until it is stopped', async () => {
    await start("console.log('ready'); setInterval(() => {}, 1000);");
    const process_ = await identity();
    expect(await programRuns(dir, 'it')).to.equal(true);
    expect(await stopProgram(dir, 'it')).to.equal('stopped');
    expect(sameProcess(process_)).to.equal(false);
    expect(await programRuns(dir, 'it')).to.equal(false);
    expect(await stopProgram(dir, 'it')).to.equal('gone');
  });

  it('that ends at its start is reported with the end of its log', async () => {
    const failure = await start("console.error('no such tenant'); process.exit(3);").catch((error: unknown) => error);
    expect(String(failure)).to.contain('ended with code 3').and.to.contain('no such tenant');
  });

  it('that is never ready is ended and reported', async () => {
    const failure = await start("console.log('not yet'); setInterval(() => {}, 1000);", 500).catch((error: unknown) => error);
    expect(String(failure)).to.contain('was not ready').and.to.contain('not yet');
    expect(await programRuns(dir, 'it')).to.equal(false);
  });

  it('that does not obey is ended by the second signal', async () => {
    await start("let signals = 0; process.on('SIGTERM', () => { signals += 1; if (signals === 2) process.exit(0); }); console.log('ready'); setInterval(() => {}, 1000);");
    const process_ = await identity();
    expect(await stopProgram(dir, 'it', { graceMs: 300 })).to.equal('stopped');
    expect(sameProcess(process_)).to.equal(false);
  });

  it('leaves no pid file that could name a stranger', async () => {
    await start("console.log('ready'); setInterval(() => {}, 1000);");
    await stopProgram(dir, 'it');
    expect(await access(path.join(dir, 'it.pid.json')).then(() => 'there', () => 'gone')).to.equal('gone');
  });
});
