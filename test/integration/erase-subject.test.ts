import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { cloudEventOf } from '../../src/adapters/events/cloud-event.js';
import { FileCallHistory } from '../../src/adapters/history/file-call-history.js';
import { FileRecordingStore } from '../../src/adapters/recordings/file/file-recording-store.js';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { developmentToken } from '../../src/composition/development-token.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { EventBody } from '../../src/domain/shared/domain-event.js';
import { type CallId, callId, tenantId } from '../../src/domain/shared/ids.js';
import { firstUlidAt } from '../../src/domain/shared/ulid-time.js';
import { started } from '../contract/published-events.contract.js';
import { aBeginning } from '../contract/recording-store.contract.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';
import { aHistoryStep, aSummary } from '../support/builders/a-kept-call.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { ChildProgram } from '../support/servers/child-program.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri } from '../support/servers/fake-ari.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const MAIN = 'dist/src/main.js';
const BANK = tenantId('north-bank');
const NODES = ['node-a', 'node-b'] as const;
const TENANT = `
id: north-bank
name: North Bank
dids: [{ number: "5551000", agent: desk }]
agents: [{ id: desk, name: Desk, language: en-US, speech: { voice: rms }, prompts: { greeting: hello } }]
`;
const { signal } = new AbortController();
/** Who is forgotten, who is forgotten while a node is frozen, and who is not. */
const [FIRST, SECOND, ANOTHER] = ['4930777001', '4930777002', '4930777003'] as const;

/** What there is of a person lies on the disks of two gateways, as `serve` starts them, that share one Redis and nothing else but the directory of events. */
describe('Erasing a person at two gateways', function () {
  this.timeout(120_000);
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  const beganMs = Date.now() - 3_600_000;
  const gateways = new Map<string, ChildProgram>();
  let ari: FakeAri;
  let redis: RedisServer;
  let home: string;
  let apiUrl: string;
  let token: string;

  const idOf = (of: number): CallId => callId(firstUlidAt(beganMs + of));
  const numbered = [...NODES.flatMap((node) => [FIRST, SECOND, ANOTHER].map((number) => ({ node, number })))].map((call, at) => ({ ...call, callId: idOf(at) }));
  const lineOf = (of: CallId, body: EventBody): string => `${JSON.stringify(cloudEventOf(aDomainEvent(body, { callId: of, tenantId: BANK })))}\n`;
  const own = (node: string, what: string): string => path.join(home, node, what);

  /** A recording, a past call and its events each; of a call of the first gateway the last event went to the files of the second. */
  const fill = async (node: string): Promise<void> => {
    const { store } = await FileRecordingStore.open({ directory: own(node, 'recordings'), nodeName: node, keys: null, logger: silentLogger }, signal);
    const history = await FileCallHistory.open({ directory: own(node, 'history'), retentionDays: 30, transcriptDays: 30, clock, logger: silentLogger });
    let lines = node === 'node-b' ? lineOf(idOf(0), { type: 'caller.silent', attempt: 7 }) : '';
    for (const { number, callId: of } of numbered.filter((call) => call.node === node)) {
      const times = { startedAt: new Date(beganMs).toISOString(), expiresAt: new Date(beganMs + 30 * 86_400_000).toISOString() };
      const writer = store.begin({ ...aBeginning(0), recordingId: firstUlidAt(beganMs + 100 + numbered.findIndex((call) => call.callId === of)), tenantId: BANK, callId: of, callerNumber: number, ...times });
      writer.write(new Int16Array(320));
      await writer.finish();
      await history.append([aHistoryStep({ ...aSummary(0), callId: of, tenantId: BANK, callerNumber: number, startedAt: times.startedAt, state: 'ended' }, [started(number)])], signal);
      lines += lineOf(of, started(number)) + lineOf(of, { type: 'caller.silent', attempt: 1 });
    }
    await history.close();
    await store.close();
    await writeFile(path.join(home, 'events', `events-${node}-${new Date(beganMs).toISOString().slice(0, 10)}.0001.ndjson`), lines);
  };

  const serve = async (node: string, apiPort: number | null): Promise<void> => {
    const httpPort = await freeTcpPort();
    gateways.set(node, await ChildProgram.start({
      name: node, args: [MAIN, 'serve'], readyTimeoutMs: 90_000,
      env: {
        VG_ASTERISK_ARI_URL: ari.url, VG_ASTERISK_USERNAME: FAKE_ARI_USER, VG_ASTERISK_APP: `app-${node}`, VG_HTTP_PORT: String(httpPort), VG_MEDIA_PORT: '0',
        VG_EVENTS_DIRECTORY: path.join(home, 'events'), VG_AUDIT_DIRECTORY: own(node, 'audit'), VG_RECORDINGS_DIRECTORY: own(node, 'recordings'),
        VG_HISTORY_KIND: 'file', VG_HISTORY_DIRECTORY: own(node, 'history'), VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url, VG_STATE_REFUGE_DIRECTORY: own(node, 'refuge'), VG_NODE_NAME: node,
        VG_LIMITS_LOOP_DELAY_MS_MAX: '60000', ...common(), ...(apiPort === null ? {} : { VG_API_PORT: String(apiPort) }),
      },
      ready: async () => (await fetch(`http://127.0.0.1:${httpPort}/readyz`, { headers: { connection: 'close' } }).catch(() => null))?.status === 200,
    }));
  };
  const common = () => ({ VG_ASTERISK_PASSWORD: FAKE_ARI_PASSWORD, VG_TENANTS_DIRECTORY: path.join(home, 'tenants'), VG_API_DEVELOPMENT: 'true', VG_API_DEVELOPMENT_DIRECTORY: path.join(home, 'development') });

  /** Names of files that have it, whatever is in them. */
  const filesWith = async (text: string): Promise<readonly string[]> => {
    const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const found = await Promise.all(files.map(async (file) => (await readFile(file).catch(() => Buffer.alloc(0))).includes(text)));
    return files.filter((_, at) => found[at]).map((file) => path.relative(home, file)).sort();
  };
  const typesOf = async (of: CallId): Promise<readonly string[]> => {
    const files = await Promise.all((await readdir(path.join(home, 'events'))).map((file) => readFile(path.join(home, 'events', file), 'utf8')));
    return files.flatMap((text) => text.split('\n')).filter((line) => line.includes(of)).map((line) => (JSON.parse(line) as { type: string }).type);
  };
  const forget = async (number: string): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await fetch(`${apiUrl}/api/v1/subjects/erase`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, connection: 'close', 'content-type': 'application/json' }, body: JSON.stringify({ number: `+${number}` }),
    });
    expect(answer.status).to.equal(200);
    return await answer.json() as Readonly<Record<string, unknown>>;
  };
  const notReached = (answer: Readonly<Record<string, unknown>>): readonly string[] => (answer['notReached'] as readonly { what: string; where: string }[]).map(({ what, where }) => `${what} ${where}`);

  before(async () => {
    [ari, redis, home] = await Promise.all([FakeAri.start(), RedisServer.start(), mkdtemp(path.join(os.tmpdir(), 'vg-erase-'))]);
    for (const directory of ['events', 'tenants']) await mkdir(path.join(home, directory));
    await writeFile(path.join(home, 'tenants', 'north-bank.yaml'), TENANT);
    for (const node of NODES) await fill(node);
    const apiPort = await freeTcpPort();
    apiUrl = `http://127.0.0.1:${apiPort}`;
    const loaded = loadConfig({ file: null, readFile: () => '', env: common() });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    ({ token } = await developmentToken(loaded.value, { subject: 'ada', role: 'admin', tenantId: BANK, lifetimeMs: 600_000 }));
    await Promise.all([serve('node-a', apiPort), serve('node-b', null)]);
  });
  after(async () => {
    await Promise.all([...gateways.values()].map((gateway) => gateway.stop('SIGKILL')));
    await Promise.all([ari.close(), redis.stop()]);
    await rm(home, { recursive: true, force: true });
  });

  it('leaves nothing of him on the disks of both, and all of others', async () => {
    expect(await filesWith(FIRST)).to.have.lengthOf(6);
    const others = await filesWith(ANOTHER);
    const answer = await forget(FIRST);
    expect(answer).to.deep.include({ recordings: 1, calls: 1, events: 2, nodes: ['node-b'] });
    expect(notReached(answer)).to.deep.equal(['event-log copies', 'event-log events.directory', 'call-state ']);
    expect(await filesWith(FIRST)).to.deep.equal([]);
    for (const { callId: of } of numbered.filter(({ number }) => number === FIRST)) expect(await typesOf(of), 'also where only the call is named').to.deep.equal(['com.voicegw.recording.erased.v1']);
    expect(await filesWith(ANOTHER)).to.deep.equal(others);
  });

  it('names a gateway that does not answer, which does it when it can', async () => {
    gateways.get('node-b')?.signal('SIGSTOP');
    const answer = await forget(SECOND);
    expect(answer).to.deep.include({ recordings: 1, calls: 1, nodes: [] });
    expect(notReached(answer)[0]).to.equal('node node-b');
    expect((await filesWith(SECOND)).every((file) => file.includes('node-b')), 'left on the disk of the other only').to.equal(true);
    expect(await filesWith(SECOND)).to.have.lengthOf(3);
    gateways.get('node-b')?.signal('SIGCONT');
    await until(async () => (await filesWith(SECOND)).length === 0);
  });
});

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
