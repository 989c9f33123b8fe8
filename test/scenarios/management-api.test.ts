import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { buildGateway, type Gateway } from '../../src/composition/gateway.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import { G711_SILENCE } from '../../src/domain/audio/g711.js';
import { CodedRecogniser } from '../support/fakes/coded-recogniser.js';
import { CodedVoice } from '../support/fakes/coded-voice.js';
import { LoadAgent } from '../support/load/load-agent.js';
import { AsteriskInstance } from '../support/servers/asterisk-instance.js';
import { ChildProgram } from '../support/servers/child-program.js';
import { EventReader } from '../support/servers/event-reader.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { CodedCaller, ULAW } from '../support/sipp/coded-caller.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { freeUdpPorts, SippCall } from '../support/sipp/run-sipp.js';
import { until } from '../support/until.js';

const MAIN = 'dist/src/main.js';
const RATE_HZ = 8000;
const DID = '5553001';
const GREETING = 'hello please';
const QUESTION = 'where is my card';
const ANSWER = 'monday thanks';
const tenant = (id: string, did: string): string => `
id: ${id}
name: ${id}
dids:
  - { number: "${did}", agent: coded }
agents:
  - id: coded
    name: Coded
    language: en-US
    speech: { voice: rms }
    prompts: { greeting: "${GREETING}" }
    transferNumbers: ["+4930111"]
    turnPolicy: { callerSilenceMs: 60000 }
`;

type Json = Readonly<Record<string, unknown>>;
interface Answer { readonly status: number; readonly body: Json }
interface Party { readonly sip: SippCall; readonly rtp: RtpCaller; readonly coded: CodedCaller }

/** A gateway with the management API, a real Asterisk and callers of SIPp: what people who manage a tenant see of a call, and what they do to it. */
describe('The management API of a running gateway', function () {
  this.timeout(90_000);
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  const gateways: Gateway[] = [];
  const parties: Party[] = [];
  const readers: EventReader[] = [];
  let asterisk: AsteriskInstance;
  let directory: string;
  let personPort: number;
  let env: Readonly<Record<string, string>>;
  let operator: string;

  before(async function () {
    this.timeout(120_000);
    [personPort = 0] = await freeUdpPorts(1);
    asterisk = await AsteriskInstance.start({ values: { VG_OUTBOUND_URI: `sip:127.0.0.1:${personPort}`, VG_PERSON_S: '6' } });
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-api-'));
    await mkdir(path.join(directory, 'tenants'));
    await writeFile(path.join(directory, 'tenants', 'coded.yaml'), tenant('coded', DID));
    await writeFile(path.join(directory, 'tenants', 'other.yaml'), tenant('other', '5553002'));
    env = {
      VG_ASTERISK_ARI_URL: asterisk.ariUrl, VG_ASTERISK_USERNAME: asterisk.username, VG_ASTERISK_PASSWORD: asterisk.password, VG_HTTP_PORT: '0', VG_MEDIA_PORT: '0', VG_LOG_LEVEL: 'error',
      VG_TENANTS_DIRECTORY: path.join(directory, 'tenants'), VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_HISTORY_DIRECTORY: path.join(directory, 'history'),
      VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_RECORDINGS_DIRECTORY: path.join(directory, 'recordings'), VG_LIMITS_LOOP_DELAY_MS_MAX: '60000',
      VG_API_PORT: '0', VG_API_DEVELOPMENT: 'true', VG_API_DEVELOPMENT_DIRECTORY: path.join(directory, 'development'),
    };
    operator = await tokenOf('operator', 'coded');
  });
  after(async () => {
    await asterisk.stop();
    await rm(directory, { recursive: true, force: true });
  });
  afterEach('leaves no channel, bridge or socket behind', async () => {
    for (const reader of readers.splice(0)) reader.close();
    await Promise.all(parties.splice(0).map(async ({ rtp, sip }) => { await sip.stop(); await rtp.close(); }));
    for (const gateway of gateways.splice(0)) await gateway.abort();
    await writeFile(path.join(directory, 'tenants', 'coded.yaml'), tenant('coded', DID)); // one of them edits it
    expect(await asterisk.untilIdle()).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  const open = async (more: Readonly<Record<string, string>> = {}): Promise<Gateway> => {
    const loaded = loadConfig({ file: null, readFile: () => '', env: { ...env, ...more } });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    const parts = { speechToText: new CodedRecogniser(clock), textToSpeech: new CodedVoice(clock, 'rms'), speechUses: () => [] };
    const gateway = await buildGateway(loaded.value, { agent: new LoadAgent(clock, [ANSWER]), speech: { forProfile: () => parts, warm: () => Promise.resolve(), close: () => Promise.resolve() } });
    gateways.push(gateway);
    await until(() => gateway.application().queries.health().dependencies.every(({ ready }) => ready));
    return gateway;
  };
  const tokenOf = async (role: string, whose: string): Promise<string> =>
    (await promisify(execFile)(process.execPath, [MAIN, 'token', '--role', role, '--tenant', whose], { env: { ...process.env, ...env } })).stdout.trim();
  const urlOf = (gateway: Gateway): string => `http://127.0.0.1:${gateway.apiPort ?? 0}`;
  const ask = async (gateway: Gateway, method: string, where: string, { token = operator, body }: { readonly token?: string; readonly body?: unknown } = {}): Promise<Answer> => {
    const answer = await fetch(`${urlOf(gateway)}/api/v1${where}`, {
      method, headers: { authorization: `Bearer ${token}`, connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() as Json };
  };
  const order = async (gateway: Gateway, callId: string, act: string, body: object): Promise<void> => {
    expect(await ask(gateway, 'POST', `/calls/${callId}/${act}`, { body })).to.deep.equal({ status: 202, body: { status: 'accepted' } });
  };
  const call = async (): Promise<Party> => {
    const rtp = await RtpCaller.open();
    const party = { rtp, coded: new CodedCaller(rtp), sip: await SippCall.start('talk', { sipPort: asterisk.sipPort, did: DID, rtpPort: rtp.port, pauseMs: 60_000, timeoutMs: 80_000 }) };
    parties.push(party);
    return party;
  };
  const follow = async (gateway: Gateway, query = ''): Promise<EventReader> => {
    const reader = await EventReader.open(`${urlOf(gateway)}/api/v1/events${query}`, { authorization: `Bearer ${operator}` });
    readers.push(reader);
    return reader;
  };
  const untilTold = async (reader: EventReader, type: string): Promise<Json> => {
    for (;;) {
      const event = await reader.next();
      if (event.type === type) return event.data as Json;
    }
  };
  const liveCall = async (gateway: Gateway): Promise<string> => {
    let calls: readonly Json[] = [];
    await until(async () => (calls = (await ask(gateway, 'GET', '/calls?state=live')).body['calls'] as readonly Json[]).some(({ state }) => state === 'active'));
    expect(calls).to.have.lengthOf(1);
    return calls[0]?.['callId'] as string;
  };
  it('shows a call while it lives, tells what happens in it, takes orders for it, and keeps what was said', async () => {
    const gateway = await open();
    const reader = await follow(gateway);
    await untilTold(reader, 'current');
    const caller = await call();
    const started = await untilTold(reader, 'call.started');
    const port = await caller.sip.remoteRtpPort();
    const callId = await liveCall(gateway);
    expect(started).to.include({ callId, tenantId: 'coded' });
    await until(() => caller.coded.heard === GREETING);
    caller.coded.say(port ?? 0, QUESTION);
    expect(await untilTold(reader, 'stt.transcribed')).to.have.nested.property('data.text', QUESTION);
    await until(() => caller.coded.heard === `${GREETING} ${ANSWER}`);
    await untilTold(reader, 'turn.completed');

    await order(gateway, callId, 'say', { text: 'one two three' });
    await until(() => caller.coded.heard === `${GREETING} ${ANSWER} one two three`);
    await order(gateway, callId, 'dtmf', { digits: '5' });
    await until(() => caller.rtp.received.some(({ payloadType }) => payloadType === 101));

    const stranger = await tokenOf('admin', 'other');
    expect((await ask(gateway, 'GET', '/calls', { token: stranger })).body).to.deep.equal({ calls: [], nextCursor: null, partial: false });
    for (const [method, where] of [['GET', ''], ['POST', '/hangup'], ['POST', '/say']] as const) {
      expect((await ask(gateway, method, `/calls/${callId}${where}`, { token: stranger, ...(method === 'GET' ? {} : { body: where === '/say' ? { text: 'one' } : {} }) })).status, where).to.equal(404);
    }

    await order(gateway, callId, 'hangup', {});
    expect(await untilTold(reader, 'call.ended')).to.have.nested.property('data.turns', 1);
    let account: Json = {};
    await until(async () => (account = (await ask(gateway, 'GET', `/calls/${callId}`)).body)['state'] === 'ended');
    const conversation = account['conversation'] as readonly (Json & { readonly waterfall: { readonly totalMs: number; readonly bars: readonly Json[] } | null })[];
    expect(conversation.map(({ text }) => text)).to.include.members([GREETING, QUESTION, ANSWER]);
    const reply = conversation.find(({ text }) => text === ANSWER);
    expect(reply?.waterfall?.totalMs).to.be.above(0);
    expect(reply?.waterfall?.bars.map(({ stage }) => stage)).to.include.members(['endpoint', 'stt', 'llm', 'tts']);
    const usage = async (token: string, whose: string): Promise<Json> => (await ask(gateway, 'GET', `/tenants/${whose}/usage`, { token })).body;
    expect(await usage(await tokenOf('admin', 'coded'), 'coded')).to.include({ calls: 1, answeredCalls: 1 });
    expect(await usage(stranger, 'other')).to.include({ calls: 0 });
  });

  it('has the very next caller greeted as the agent was edited, and takes no edit of what somebody else has changed', async () => {
    const gateway = await open({ VG_TENANTS_RELOAD_INTERVAL_MS: '3600000' }); // the edit itself has to be what brings it
    const where = `${urlOf(gateway)}/api/v1/tenants/coded/agents/coded`;
    const headers = { authorization: `Bearer ${await tokenOf('admin', 'coded')}`, connection: 'close', 'content-type': 'application/json' };
    const seen = await fetch(where, { headers });
    const body = (await seen.text()).replace(GREETING, 'three two one');
    const put = async (): Promise<number> => (await fetch(where, { method: 'PUT', headers: { ...headers, 'if-match': seen.headers.get('etag') ?? '' }, body })).status;
    expect(await put()).to.equal(200);
    const caller = await call();
    await until(() => [GREETING, 'three two one'].includes(caller.coded.heard));
    expect(caller.coded.heard).to.equal('three two one');
    expect(await put(), 'by what it was before').to.equal(412);
  });

  it('sends the caller to a person', async () => {
    const gateway = await open();
    const rtp = await RtpCaller.open();
    const person = { rtp, coded: new CodedCaller(rtp), sip: await SippCall.start('person', { sipPort: asterisk.sipPort, localPort: personPort, rtpPort: rtp.port, key: '1', pauseMs: 3000, timeoutMs: 60_000, messageTimeoutMs: 50_000 }) };
    parties.push(person);
    void person.sip.remoteRtpPort().then((port) => { if (port !== undefined) rtp.speak(port, ULAW, new Uint8Array(RATE_HZ).fill(G711_SILENCE.ulaw)); }); // a line without any audio counts as lost
    const reader = await follow(gateway, '?family=call');
    const caller = await call();
    const port = await caller.sip.remoteRtpPort();
    caller.coded.say(port ?? 0, '');
    const callId = await liveCall(gateway);
    await until(() => caller.coded.heard === GREETING);
    expect((await ask(gateway, 'POST', `/calls/${callId}/transfer`, { body: { to: { number: '+12025550123' } } })).body).to.include({ code: 'refused', reason: 'not-allowed' });
    await order(gateway, callId, 'transfer', { to: { number: '+4930111' }, briefing: 'one two' });
    expect(await untilTold(reader, 'call.transferred')).to.deep.nested.include({ 'data.target': '+4930111' });
    await until(async () => (await ask(gateway, 'GET', `/calls/${callId}`)).body['state'] === 'transferred');
    expect((await ask(gateway, 'POST', `/calls/${callId}/say`, { body: { text: 'one' } })).body).to.include({ code: 'conflict', reason: 'wrong-state', obstacle: 'with-a-person' });
    await order(gateway, callId, 'hangup', {});
    await untilTold(reader, 'call.ended');
  });

  it('brings an order to the node that has the call, and its events to all', async () => {
    const redis = await RedisServer.start();
    try {
      const shared = { VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url };
      const one = await open({ ...shared, VG_NODE_NAME: 'node-1', VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge-1'), VG_AUDIT_DIRECTORY: path.join(directory, 'audit-1') });
      const two = await open({ ...shared, VG_NODE_NAME: 'node-2', VG_ASTERISK_APP: 'voice-gateway-2', VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge-2'), VG_AUDIT_DIRECTORY: path.join(directory, 'audit-2') });
      const reader = await follow(two);
      await untilTold(reader, 'current');
      const caller = await call();
      await caller.sip.remoteRtpPort();
      const callId = await liveCall(two);
      expect([one, two].map((gateway) => gateway.application().queries.health().callsActive)).to.deep.equal([1, 0]);
      await until(() => caller.coded.heard === GREETING);
      await order(two, callId, 'say', { text: 'three' });
      await until(() => caller.coded.heard === `${GREETING} three`);
      await order(two, callId, 'hangup', {});
      expect(await untilTold(reader, 'call.ended')).to.include({ callId, node: 'node-1' });
      expect((await ask(one, 'POST', `/calls/${callId}/say`, { body: { text: 'one' } })).status).to.equal(404);
      for (const gateway of gateways.splice(0)) await gateway.abort();
    } finally {
      await redis.stop();
    }
  });

  it('is spoken to by the command line, which leaves nothing behind when it is interrupted', async () => {
    const gateway = await open();
    const cli = { VOICE_GATEWAY_API: urlOf(gateway), VOICE_GATEWAY_TOKEN: operator };
    const tail = await ChildProgram.start({ name: 'tail', args: [MAIN, 'calls', 'tail'], env: cli, ready: (output) => output.includes('current'), readyTimeoutMs: 20_000 });
    const caller = await call();
    await caller.sip.remoteRtpPort();
    await until(() => tail.output.includes('call.answered'));
    const callId = await liveCall(gateway);
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'calls', 'ls', '--state', 'live'], { env: { ...process.env, ...cli } });
    expect(stdout).to.include(callId);
    tail.signal('SIGINT');
    expect(await tail.ended(5000), tail.output).to.equal(0);
  });
});
