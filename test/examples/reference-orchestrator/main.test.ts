import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const CARDS = 'examples/dialogues/card-delivery.yaml';
const RESTAURANT = 'examples/dialogues/restaurant.yaml';

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

const children: ChildProcess[] = [];

/** The program as a process of its own. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/reference-orchestrator/main.ts', ...args], { env: { ...process.env, OPENAI_MODEL: '', ...environment } });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function ready(running: Running): Promise<string> {
  while (!/listening on \S+/u.test(running.output())) {
    if (running.child.exitCode !== null) throw new Error(running.output());
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return /listening on (\S+)/u.exec(running.output())?.[1] ?? '';
}

describe('the reference-orchestrator program', () => {

  // A test that failed must not leave its process behind, which would keep the whole run from ending.
  afterEach(() => { for (const child of children.splice(0)) child.kill('SIGKILL'); });

  it('says when it is ready and for whom, answers, and ends on SIGTERM', async () => {
    const running = run(['--port', '0', '--dialogue', CARDS, '--dialogue', RESTAURANT, '--verbose']);
    const baseUrl = await ready(running);
    expect(running.output()).to.match(/agents=card-delivery,restaurant\n/u);
    const response = await fetch(`${baseUrl}/api/v1/conversations`, {
      method: 'POST', headers: { 'x-call-id': 'c', 'x-tenant-id': 't', 'idempotency-key': 'k', connection: 'close' },
      body: JSON.stringify({ call_id: 'c', tenant_id: 't', agent_id: 'restaurant', direction: 'inbound', caller_number: '', callee_number: '' }),
    });
    expect(await response.json()).to.include({ greeting: null }).and.to.have.property('conversation_id');
    running.child.kill('SIGTERM');
    expect(await running.ended).to.equal(0);
    expect(running.output()).to.include('POST /api/v1/conversations 201');
  });

  it('puts a model behind the same agents when one is named', async () => {
    const running = run(['--port', '0', '--dialogue', CARDS], { OPENAI_MODEL: 'small-1', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
    await ready(running);
    expect(running.output()).to.match(/agents=card-delivery model=small-1\n/u);
    running.child.kill('SIGINT');
    expect(await running.ended).to.equal(0);
  });

  it('explains a dialogue that does not exist, without a stack trace', async () => {
    const running = run(['--dialogue', CARDS, '--dialogue', 'nowhere.yaml']);
    expect(await running.ended).to.equal(1);
    expect(running.output()).to.match(/cannot read nowhere\.yaml: ENOENT.*usage: /su).and.not.match(/\n\s+at /u);
  });

  it('names file, line and column of a fault in a dialogue', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dialogue-'));
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'agent: { id: a, name: A, language: en }\nstart: main\nstates: {}\nnot_understood: [Sorry?]\ngive_up: {}\n');
    const running = run(['--dialogue', file]);
    expect(await running.ended).to.equal(1);
    rmSync(folder, { recursive: true });
    expect(running.output()).to.include('bad.yaml:2:8: start: there is no state called "main"');
  });

  it('explains a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const running = run(['--dialogue', CARDS, '--port', String((other.address() as AddressInfo).port)]);
    expect(await running.ended).to.equal(1);
    other.close();
    await once(other, 'close');
    expect(running.output()).to.match(/the port is taken/u);
  });
});
