import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { variableOf } from '../../src/config/environment.js';
import { GATEWAY_SCHEMA } from '../../src/config/gateway-schema.js';
import { leavesOf } from '../../src/config/schema-tree.js';

const MAIN = 'dist/src/main.js';
const CANARY = 'canary7Q';
const START_MS_MAX = 60_000;

/** Every secret that the schema knows, each with a value of its own; nothing that they open is there. */
const SECRETS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(leavesOf(GATEWAY_SCHEMA).filter(({ meta }) => meta.kind === 'secret').map(({ path: of }) => [variableOf(of), `${CANARY}-${of.join('-')}`])),
  VG_RECORDINGS_KEYS: Buffer.from(`${CANARY}-recordings`.padEnd(32, 'x')).toString('base64'),
  VG_STATE_REDIS_URL: `redis://user:${CANARY}-redis@127.0.0.1:1/0`,
};

describe('Secrets of a full configuration', function secrets() {
  this.timeout(START_MS_MAX + 30_000);
  let directory: string;
  beforeEach(async () => { directory = await mkdtemp(path.join(tmpdir(), 'voice-gateway-secrets-')); });
  afterEach(async () => { await rm(directory, { recursive: true }); });

  /** Runs the gateway until it has started and been read, or has given up. Resolves to all that it said. */
  const serve = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const file = path.join(directory, 'gateway.yaml');
    await writeFile(file, `speech:\n  accounts:\n    deepgram: { apiKey: ${CANARY}-account }\n`);
    const child = spawn(process.execPath, [MAIN, 'serve', '--config', file], {
      env: {
        PATH: process.env['PATH'], ...SECRETS, VG_ASTERISK_ARI_URL: 'http://127.0.0.1:1/ari', VG_TENANTS_DIRECTORY: 'config/tenants', VG_HTTP_PORT: '0', VG_LOG_LEVEL: 'debug',
        VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge'),
        VG_EVENTS_KAFKA_SPOOL_DIRECTORY: path.join(directory, 'spool'), VG_HISTORY_DIRECTORY: path.join(directory, 'history'), VG_RECORDINGS_DIRECTORY: path.join(directory, 'recordings'),
        VG_RECORDINGS_S3_BUCKET: 'recordings', VG_RECORDINGS_S3_ENDPOINT: 'https://127.0.0.1:1',
        ...env,
      },
    });
    let said = '';
    const hear = (text: Buffer): void => {
      said += text.toString('utf8');
      const port = /"httpPort":(\d+)/u.exec(said)?.[1];
      if (port === undefined || child.killed) return;
      void pages(port).then((page) => { said += page; }).finally(() => { child.kill('SIGTERM'); });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const limit = setTimeout(() => { child.kill('SIGKILL'); }, START_MS_MAX);
    await new Promise((resolve) => { child.once('close', resolve); });
    clearTimeout(limit);
    return said;
  };

  it('appear neither in logs at the start, nor in metrics and health', async () => {
    const said = await serve({});
    expect(said).to.include('gateway started').and.to.include('voicegw_');
    expectSilence(said);
  });

  it('appear in no log line when nothing that they open is there, nor in faults', async () => {
    const [said, faulty] = await Promise.all([serve({
      VG_STATE_KIND: 'redis', VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: '127.0.0.1:1', VG_EVENTS_KAFKA_SASL_MECHANISM: 'plain', VG_EVENTS_KAFKA_SASL_USERNAME: 'gateway',
    }), serve({ VG_HTTP_PORT: 'many', VG_STATE_KIND: 'nowhere' })]);
    expect(said).to.match(/redis/u);
    expect(faulty).to.include('VG_HTTP_PORT').and.to.include('fix:');
    expectSilence(said + faulty);
  });
});

function expectSilence(said: string): void {
  for (const secret of [CANARY, ...Object.values(SECRETS)]) expect(said).to.not.include(secret);
}

async function pages(port: string): Promise<string> {
  const texts = await Promise.all(['metrics', 'readyz'].map(async (name) => (await fetch(`http://127.0.0.1:${port}/${name}`, { headers: { connection: 'close' } })).text()));
  return texts.join('\n');
}
