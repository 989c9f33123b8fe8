import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { claimPortBlock, type PortBlock } from '#tools/asterisk/ports.mjs';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function portArguments({ ariPort, sipPort, callerSipPort, rtpStart, rtpEnd }: PortBlock): string[] {
  return Object.entries({ 'ari-port': ariPort, 'sip-port': sipPort, 'caller-sip-port': callerSipPort, 'rtp-start': rtpStart, 'rtp-end': rtpEnd })
    .flatMap(([name, port]) => [`--${name}`, String(port)]);
}

describe('The tools', () => {
  let dir: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'vg-tools-')); });
  afterEach(async () => { await rm(dir, { recursive: true, force: true }); });

  it('doctor finds this machine fit', async () => {
    const { code, stdout } = await run([process.execPath, 'tools/doctor.mjs', '--json']);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: { check: string; state: string; detail: string }[] };
    expect(findings.filter(({ state }) => state === 'fail')).to.deep.equal([]);
    expect({ ok, code }).to.deep.equal({ ok: true, code: 0 });
  });

  it('doctor without an Asterisk fails and says how to mend it', async () => {
    const env = { VOICEGW_ASTERISK_ROOT: path.join(dir, 'none'), PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` };
    const { code, stdout } = await run([process.execPath, 'tools/doctor.mjs', '--json'], env);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; fix?: string }[] };
    const finding = findings.find(({ check }) => check === 'Asterisk');
    // An Asterisk installed in the system's own place is found whatever PATH says.
    if (finding?.state === 'ok') return;
    expect(finding).to.include({ state: 'fail', fix: 'run: make setup' });
    expect(code).to.equal(1);
  });

  it('asterisk names the port that is taken and what to do', async () => {
    const [first, second] = [path.join(dir, 'a'), path.join(dir, 'b')];
    const block = await claimPortBlock();
    const ports = portArguments(block);
    const started = await run([process.execPath, 'tools/asterisk.mjs', 'start', '--run-dir', first, ...ports]);
    const refused = await run([process.execPath, 'tools/asterisk.mjs', 'start', '--run-dir', second, ...ports]);
    const again = await run([process.execPath, 'tools/asterisk.mjs', 'start', '--run-dir', first, ...ports]);
    const status = await run([process.execPath, 'tools/asterisk.mjs', 'status', '--run-dir', first, '--json']);
    const stopped = await run([process.execPath, 'tools/asterisk.mjs', 'stop', '--run-dir', first]);
    const gone = await run([process.execPath, 'tools/asterisk.mjs', 'status', '--run-dir', first]);
    await block.release();
    expect(started, started.stderr).to.include({ code: 0 });
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain(`tcp port ${block.ariPort}`).and.to.contain('Fix:');
    expect(again.stderr).to.contain('already running');
    expect((JSON.parse(status.stdout) as { sipPort: number }).sipPort).to.equal(block.sipPort);
    expect(stopped.stdout).to.contain('stopped');
    expect(gone.code).to.equal(3);
  });

  it('asterisk that cannot start shows what it logged', async () => {
    const confDir = path.join(dir, 'conf');
    await run(['cp', '-r', 'asterisk-conf', confDir]);
    await writeFile(path.join(confDir, 'modules.conf'), '[modules]\nautoload = no\nrequire = no_such_module.so\n');
    const block = await claimPortBlock();
    const { code, stderr } = await run([process.execPath, 'tools/asterisk.mjs', 'start', '--run-dir', path.join(dir, 'a'), '--conf-dir', confDir, ...portArguments(block)]);
    await block.release();
    expect(code).to.equal(1);
    expect(stderr).to.contain('no_such_module');
  });

  it('the test reporter ends with the counts, pending tests as skipped', async () => {
    const file = path.join(dir, 'three.test.cjs');
    await writeFile(file, "it('passes', () => {}); it('fails', () => { throw new Error('no'); }); it.skip('waits'); it('is to do');");
    const { code, stdout } = await run([process.execPath, 'node_modules/mocha/bin/mocha.js', '--no-config', '--reporter', 'test/support/counting-reporter.cjs', file]);
    expect(stdout.trimEnd().split('\n').at(-1)).to.equal('1 passed, 1 failed, 2 skipped');
    expect(code).to.equal(1);
  });

  it('make lists its targets', async () => {
    const { stdout } = await run(['make', 'help']);
    for (const target of ['demo', 'test', 'up', 'down', 'doctor', 'setup', 'build', 'lint', 'arch', 'bench', 'clean']) {
      expect(stdout).to.match(new RegExp(`^  ${target}\\s+\\w`, 'm'));
    }
  });
});
