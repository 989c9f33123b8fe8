import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { buildGateway, type Gateway } from '../../src/composition/gateway.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import { isPlacingRefusal } from '../../src/domain/outbound/placing.js';
import type { DomainEvent, EventType } from '../../src/domain/shared/domain-event.js';
import { agentId, type CallId, tenantId } from '../../src/domain/shared/ids.js';
import { CodedRecogniser } from '../support/fakes/coded-recogniser.js';
import { CodedVoice } from '../support/fakes/coded-voice.js';
import { MemoryEventPublisher } from '../support/fakes/memory-event-publisher.js';
import { LoadAgent } from '../support/load/load-agent.js';
import { AsteriskInstance } from '../support/servers/asterisk-instance.js';
import { freeUdpPorts, SippCall } from '../support/sipp/run-sipp.js';
import { until } from '../support/until.js';

const CODED = tenantId('coded');
const TENANT = `
id: coded
name: Coded
outbound: { countries: [DE], homeCountry: DE, limits: { concurrentMax: 2, callsPerSecondMax: 100, callsPerNumberPerDayMax: 1000 } }
dids: [{ number: "+49305550100", agent: coded }]
agents:
  - id: coded
    name: Coded
    language: en-US
    speech: { voice: rms }
    prompts: { greeting: hello please }
    recording: { mode: "on", notice: where is my card, refused: monday thanks }
    turnPolicy: { callerSilenceMs: 60000 }
`;

/** Orders to the recording of a real call: one that we placed, through the real Asterisk, to SIPp's telephone. */
describe('The recording of a placed call', () => {
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  let asterisk: AsteriskInstance;
  let gateway: Gateway;
  let publisher: MemoryEventPublisher;
  let home: string;
  let calleePort: number;

  before(async function () {
    this.timeout(120_000);
    [calleePort = 0] = await freeUdpPorts(1);
    asterisk = await AsteriskInstance.start({ values: { VG_OUTBOUND_URI: `sip:127.0.0.1:${calleePort}` } });
    home = await mkdtemp(path.join(os.tmpdir(), 'vg-recording-orders-'));
    await mkdir(path.join(home, 'tenants'));
    await writeFile(path.join(home, 'tenants', 'coded.yaml'), TENANT);
    const loaded = loadConfig({
      file: null, readFile: () => '',
      env: {
        VG_ASTERISK_ARI_URL: asterisk.ariUrl, VG_ASTERISK_USERNAME: asterisk.username, VG_ASTERISK_PASSWORD: asterisk.password, VG_HTTP_PORT: '0', VG_MEDIA_PORT: '0',
        VG_TENANTS_DIRECTORY: path.join(home, 'tenants'), VG_EVENTS_DIRECTORY: path.join(home, 'events'), VG_HISTORY_KIND: 'none', // it writes a second later, which is not looked at here
        VG_RECORDINGS_DIRECTORY: path.join(home, 'recordings'), VG_LOG_LEVEL: 'error', VG_LIMITS_LOOP_DELAY_MS_MAX: '60000',
      },
    });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    publisher = new MemoryEventPublisher();
    const parts = { speechToText: new CodedRecogniser(clock), textToSpeech: new CodedVoice(clock, 'rms'), speechUses: () => [] };
    gateway = await buildGateway(loaded.value, {
      publisher, agent: new LoadAgent(clock, ['monday thanks']), speech: { forProfile: () => parts, warm: () => Promise.resolve(), close: () => Promise.resolve() },
    });
    await until(() => gateway.application().queries.health().dependencies.every(({ ready }) => ready));
  });
  after(async () => {
    await (gateway as Gateway | undefined)?.abort();
    await (asterisk as AsteriskInstance | undefined)?.stop();
    await rm(home, { recursive: true, force: true });
  });
  afterEach('leaves no channel, bridge or socket behind', async () => {
    await until(() => gateway.application().queries.health().callsActive === 0);
    expect(await asterisk.untilIdle()).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  const { signal } = new AbortController();
  const place = async (to: string): Promise<CallId> => {
    const placing = await gateway.application().commands.placeCall({ tenantId: CODED, agentId: agentId('coded'), to }, AbortSignal.timeout(20_000));
    if (isPlacingRefusal(placing)) throw new Error(`refused: ${placing.refused}`);
    return placing.call.callId;
  };
  const find = (callId: CallId, type: EventType): DomainEvent | undefined => publisher.events.find((event) => event.callId === callId && event.body.type === type);
  const happens = async (callId: CallId, type: EventType): Promise<DomainEvent> => {
    await until(() => find(callId, type) !== undefined);
    return find(callId, type)!;
  };
  const order = (callId: CallId, act: 'pause' | 'resume' | 'refuse') => gateway.application().commands.order(CODED, callId, { type: 'recording', act }, signal);
  const phone = () => SippCall.start('callee-answers', { sipPort: asterisk.sipPort, localSipPort: calleePort, timeoutMs: 50_000, pauseMs: 300 });
  const files = async (): Promise<readonly string[]> => (await readdir(path.join(home, 'recordings', 'tenant-coded'))).filter((name) => name.endsWith('.vgr') || name.endsWith('.part'));

  it('pauses and goes on by order, and is kept', async () => {
    const callee = await phone();
    const callId = await place('+493012345671');
    await happens(callId, 'recording.started');
    expect(await order(callId, 'pause')).to.equal('accepted');
    expect(await order(callId, 'pause')).to.equal('recording-paused');
    expect(await order(callId, 'resume')).to.equal('accepted');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await gateway.application().commands.order(CODED, callId, { type: 'hang-up' }, signal)).to.equal('accepted');
    await happens(callId, 'call.ended');
    await callee.done();
    await until(async () => (await files()).every((name) => name.endsWith('.vgr')));
    const { recordings } = await gateway.application().queries.recordings(CODED, { callId }, { limit: 10, after: null }, signal);
    expect(recordings).to.have.length(1);
    expect(recordings[0]?.durationMs).to.be.greaterThan(900);
    expect(await gateway.application().commands.eraseSubject(CODED, '+493012345671', signal)).to.include({ recordings: 1 });
    expect(await files()).to.deep.equal([]);
  });

  it('is refused by order: nothing of it is left, the other side is told, and the next call of that number is not recorded', async () => {
    const callee = await phone();
    const callId = await place('+493012345672');
    await happens(callId, 'recording.started');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await files()).to.have.length(1);
    const orderedAtMs = performance.now();
    expect(await order(callId, 'refuse')).to.equal('accepted');
    const stopMs = performance.now() - orderedAtMs;
    await happens(callId, 'recording.erased');
    const left = await files();
    console.log(`      by order: stopped after ${stopMs.toFixed(1)} ms, erased and told after ${(performance.now() - orderedAtMs).toFixed(0)} ms, files left: ${left.length}`);
    expect(stopMs).to.be.at.most(1000);
    expect(left).to.deep.equal([]);
    await until(() => publisher.events.some(({ callId: of, body }) => of === callId && body.type === 'turn.completed' && body.heard === 'monday thanks'));
    await gateway.application().commands.order(CODED, callId, { type: 'hang-up' }, signal);
    await happens(callId, 'call.ended');
    await callee.done();
    const again = await phone();
    const next = await place('+493012345672');
    await happens(next, 'turn.completed');
    expect(find(next, 'turn.completed')?.body).to.include({ source: 'greeting' });
    expect(find(next, 'recording.started')).to.equal(undefined);
    await gateway.application().commands.order(CODED, next, { type: 'hang-up' }, signal);
    await happens(next, 'call.ended');
    await again.done();
    expect(await files()).to.deep.equal([]);
  });
});
