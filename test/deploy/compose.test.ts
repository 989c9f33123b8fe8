import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readRecord } from '../../examples/event-consumer/event-record.js';
import { readTopics } from '../../examples/event-consumer/kafka-source.js';
import { filesBelow, secretFiles } from '../support/containers/image-files.js';
import { NativeCompose } from '../support/containers/native-compose.js';
import { ChildProgram } from '../support/servers/child-program.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOT_ENV = 'VG_ASTERISK_PASSWORD=ari-password-of-the-test\nSOFTPHONE_PASSWORD=softphone-password-of-the-test\n';
const CALL_TIMEOUT_MS = 60_000;

describe('docker-compose.yml, each service started without Docker by the very command it gives', function () {
  this.timeout(180_000);
  let compose: NativeCompose | undefined;
  let started!: NativeCompose;

  before(async () => {
    if (!existsSync(path.join(ROOT, 'dist/src/main.js'))) throw new Error('dist is missing: run `npm run build` first (make test does)');
    started = compose = await NativeCompose.up({ projectDirectory: ROOT, dotEnv: DOT_ENV });
  });
  after(async () => { await compose?.stop(); });

  for (const name of ['asterisk', 'orchestrator', 'gateway', 'redis', 'kafka', 'prometheus']) {
    it(`${name} is healthy by its own health check`, async function () {
      const missing = started.missing.get(name);
      if (missing !== undefined) {
        this.test!.title += ` (${missing})`;
        this.skip();
      }
      expect(await started.service(name).checkHealth()).to.equal(null);
    });
  }

  it('the gateway runs from an image without secrets, sources, tests and tools of development', async () => {
    const files = await filesBelow(path.join(started.directory, 'gateway'));
    expect(secretFiles(files)).to.deep.equal([]);
    expect(files).to.include('app/dist/src/main.js');
    expect(files.filter((file) => /^app\/(?:src|test|tools|bench|\.|dist\/(?!src\/)|node_modules\/(?:typescript|mocha|tsx|eslint|@types\/(?:mocha|ws|express))\/)/u.test(file))).to.deep.equal([]);
  });

  it('Asterisk has nothing to complain of', () => {
    expect(started.service('asterisk').output.split('\n').filter((line) => / (?:WARNING|ERROR)\[/u.test(line))).to.deep.equal([]);
  });

  it('the gateway is ready for calls', async () => {
    const readyz = `http://${started.addresses.of('gateway')}:8080/readyz`;
    while ((await fetch(readyz)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 200)); // the test's time-out is the limit
  });

  it('a call goes through: the agent is heard, the caller is answered', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-compose-call-'));
    try {
      const report = path.join(directory, 'report.json');
      const caller = await ChildProgram.start({
        name: 'simulate', ready: () => true, readyTimeoutMs: CALL_TIMEOUT_MS, env: { VG_ASTERISK_PASSWORD: 'ari-password-of-the-test' },
        args: [
          'dist/src/main.js', 'simulate', 'test/deploy/one-call.yaml', '--json', report, '--ari-url', `http://${started.addresses.of('asterisk')}:8088/ari`,
          '--ari-user', 'voicegw', '--sip', `${started.addresses.of('asterisk')}:5060`,
        ],
      });
      const code = await caller.ended(CALL_TIMEOUT_MS);
      expect(code, caller.output).to.equal(0);
      expect(await readFile(report, 'utf8')).to.include('"ok": true');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('what happened went by way of Redis: the gateway relays its outbox, and nothing waits', async function () {
    if (started.missing.has('redis') || started.missing.has('kafka')) this.skip();
    const metric = async (name: string): Promise<number> => {
      const page = await (await fetch(`http://${started.addresses.of('gateway')}:8080/metrics`)).text();
      return Number(new RegExp(`^voicegw_${name} (\\S+)$`, 'mu').exec(page)?.[1] ?? Number.NaN);
    };
    while (!(await metric('outbox_relayed_total') > 0) || await metric('outbox_depth') > 0) await new Promise((resolve) => setTimeout(resolve, 200)); // the test's time-out is the limit
    expect(await metric('outbox_leader')).to.equal(1);
    expect(await metric('state_refuge_active')).to.equal(0);
  });

  it('what happened arrives in Kafka: the agent understood the caller and ended the call', async function () {
    if (started.missing.has('kafka')) this.skip();
    const ends: unknown[] = [];
    const source = await readTopics({
      brokers: [`${started.addresses.of('kafka')}:9092`], prefix: 'voicegw',
      onRecord: (raw) => {
        const record = readRecord(raw);
        if (record?.type.endsWith('call.ended') === true) ends.push(record.data['reason']);
      },
    });
    await source.caughtUp;
    await source.close();
    expect(ends).to.deep.equal(['agent_hangup']);
  });

  it('Prometheus sees the gateway, and its rules are loaded', async function () {
    if (started.missing.has('prometheus')) this.skip();
    const api = `http://${started.addresses.of('prometheus')}:9090/api/v1`;
    const scraped = async (): Promise<boolean> => JSON.stringify(await (await fetch(`${api}/query?query=voicegw_ari_connected`)).json()).includes('"1"');
    while (!(await scraped())) await new Promise((resolve) => setTimeout(resolve, 200)); // the test's time-out is the limit
    expect(JSON.stringify(await (await fetch(`${api}/rules`)).json())).to.include('"GatewayDown"');
  });

  it('everything ends by SIGTERM, the gateway with exit code 0', async () => {
    const codes = await started.stop();
    compose = undefined;
    expect(codes.get('gateway')).to.equal(0);
    expect([...codes].filter(([, code]) => code === null)).to.deep.equal([]);
  });
});
