import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { buildGateway, type Gateway } from '../../src/composition/gateway.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import { isPlacingRefusal, type PlacingRequest } from '../../src/domain/outbound/placing.js';
import { agentId, type CallId, tenantId } from '../../src/domain/shared/ids.js';
import type { EventBody, EventType } from '../../src/domain/shared/domain-event.js';
import { CodedRecogniser } from '../support/fakes/coded-recogniser.js';
import { CodedVoice } from '../support/fakes/coded-voice.js';
import { MemoryEventPublisher } from '../support/fakes/memory-event-publisher.js';
import { LoadAgent } from '../support/load/load-agent.js';
import { AsteriskInstance } from '../support/servers/asterisk-instance.js';
import { CodedCaller } from '../support/sipp/coded-caller.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { freeUdpPorts, SippCall, type SippOptions, type SippScenario } from '../support/sipp/run-sipp.js';
import { until } from '../support/until.js';

const GREETING = 'hello please';
const QUESTION = 'where is my card';
const ANSWER = 'monday thanks';
const TO = '+493012345678';
const TENANT = `
id: coded
name: Coded
outbound:
  countries: [DE]
  homeCountry: DE
  limits: { concurrentMax: 2, callsPerSecondMax: 100, callsPerNumberPerDayMax: 1000 }
dids:
  - { number: "+49305550100", agent: coded }
agents:
  - id: coded
    name: Coded
    language: en-US
    speech: { voice: rms }
    prompts: { greeting: "${GREETING}" }
    turnPolicy: { callerSilenceMs: 60000 }
`;

/** The gateway calls people through a real Asterisk; SIPp plays the people. What is said are coded words, so that what was heard is exact. */
describe('A call that the gateway places', () => {
  const clock = new SystemClock({ onFault: (error) => { throw error; } });
  let asterisk: AsteriskInstance;
  let gateway: Gateway;
  let publisher: MemoryEventPublisher;
  let recogniser: CodedRecogniser;
  let directory: string;
  let calleePort: number;

  before(async function () {
    this.timeout(120_000);
    [calleePort = 0] = await freeUdpPorts(1);
    asterisk = await AsteriskInstance.start({ values: { VG_OUTBOUND_URI: `sip:127.0.0.1:${calleePort}` } });
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-outbound-'));
    await mkdir(path.join(directory, 'tenants'));
    await writeFile(path.join(directory, 'tenants', 'coded.yaml'), TENANT);
    const loaded = loadConfig({
      file: null, readFile: () => '',
      env: {
        VG_ASTERISK_ARI_URL: asterisk.ariUrl, VG_ASTERISK_USERNAME: asterisk.username, VG_ASTERISK_PASSWORD: asterisk.password, VG_HTTP_PORT: '0', VG_MEDIA_PORT: '0',
        VG_TENANTS_DIRECTORY: path.join(directory, 'tenants'), VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_LOG_LEVEL: 'error', VG_LIMITS_LOOP_DELAY_MS_MAX: '60000',
        VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_RECORDINGS_DIRECTORY: path.join(directory, 'recordings'),
        VG_HISTORY_KIND: 'none', // its writer rests a moment after each call, which looks like a timer left behind
      },
    });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    publisher = new MemoryEventPublisher();
    recogniser = new CodedRecogniser(clock);
    const parts = { speechToText: recogniser, textToSpeech: new CodedVoice(clock, 'rms'), speechUses: () => [] };
    gateway = await buildGateway(loaded.value, {
      publisher, agent: new LoadAgent(clock, [ANSWER]), speech: { forProfile: () => parts, warm: () => Promise.resolve(), close: () => Promise.resolve() },
    });
    await until(() => gateway.application().queries.health().dependencies.every(({ ready }) => ready));
  });

  after(async () => {
    await (gateway as Gateway | undefined)?.abort();
    await (asterisk as AsteriskInstance | undefined)?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  afterEach('leaves no channel, bridge or socket behind', async () => {
    await until(() => gateway.application().queries.health().callsActive === 0);
    expect(await asterisk.untilIdle()).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  const callee = (scenario: SippScenario, options: Partial<SippOptions> = {}): Promise<SippCall> => SippCall.start(scenario, { sipPort: asterisk.sipPort, localSipPort: calleePort, timeoutMs: 50_000, ...options });
  const place = async (deviations: Partial<PlacingRequest> = {}): Promise<CallId> => {
    const placing = await gateway.application().commands.placeCall({ tenantId: tenantId('coded'), agentId: agentId('coded'), to: TO, ...deviations }, AbortSignal.timeout(20_000));
    if (isPlacingRefusal(placing)) throw new Error(`refused: ${placing.refused} ${placing.detail ?? ''}`);
    return placing.call.callId;
  };
  const eventOf = <T extends EventType>(callId: CallId, type: T): Extract<EventBody, { type: T }> | undefined => publisher.events.find((event) => event.callId === callId && event.body.type === type)?.body as Extract<EventBody, { type: T }> | undefined;
  const ended = async (callId: CallId): Promise<Extract<EventBody, { type: 'call.ended' }>> => {
    await until(() => eventOf(callId, 'call.ended') !== undefined);
    return eventOf(callId, 'call.ended')!;
  };

  it('is answered, greeted at once, talked with, and ends when the callee hangs up or is hung up on', async () => {
    const person = await RtpCaller.open();
    const coded = new CodedCaller(person);
    const phone = await callee('callee-answers', { pauseMs: 1000, rtpPort: person.port });
    const callId = await place({ to: '030 12345678', metadata: { order: '7' } });
    expect(eventOf(callId, 'call.answered')).to.equal(undefined);
    const asteriskPort = await phone.remoteRtpPort();
    await until(() => coded.heard === GREETING);
    coded.say(asteriskPort!, QUESTION);
    await until(() => coded.heard === `${GREETING} ${ANSWER}`);
    expect(eventOf(callId, 'stt.transcribed')).to.include({ text: QUESTION });
    await gateway.application().queries.liveCalls({ tenantId: tenantId('coded') }, 10, AbortSignal.timeout(2000)).then(([call]) => {
      expect(call).to.deep.include({ callId, state: 'active', direction: 'outbound', callerNumber: '+49305550100', calleeNumber: TO, channelId: callId });
      expect(call!.metadata).to.include({ order: '7' });
    });
    expect((await asterisk.channels()).map(({ id }) => id)).to.include(`vg.node-1.${callId}.out`);
    for (const { id } of await asterisk.channels()) if (!id.startsWith('vg.')) throw new Error(`a channel that nobody expects: ${id}`);
    await asterisk.request('DELETE', `channels/vg.node-1.${callId}.out`); // as the carrier would
    expect(await ended(callId)).to.include({ reason: 'caller_hangup', result: 'success', turns: 1 });
    const result = await phone.done();
    await person.close();
    expect(result, result.errors).to.include({ ok: true });
    expect(result.log[0]).to.equal('called +493012345678 by +49305550100');
    expect(publisher.events.filter((event) => event.callId === callId).map(({ body }) => body.type).slice(0, 2)).to.deep.equal(['call.started', 'call.answered']);
    expect(eventOf(callId, 'call.started')).to.include({ direction: 'outbound' });
    expect(eventOf(callId, 'call.answered')!.setupMs, 'it rang').to.be.greaterThan(900);
  });

  for (const [status, reason] of [['486 Busy Here', 'busy'], ['603 Decline', 'rejected'], ['404 Not Found', 'unreachable'], ['480 Temporarily Unavailable', 'no_answer'], ['503 Service Unavailable', 'unreachable']] as const) {
    it(`that is answered with ${status} ends as ${reason}, and nobody was spoken to`, async () => {
      const phone = await callee('callee-refuses', { status });
      const callId = await place();
      expect(await ended(callId)).to.include({ reason, result: 'client_error', turns: 0 });
      expect(await phone.done()).to.include({ ok: true });
      expect(eventOf(callId, 'call.answered')).to.equal(undefined);
    });
  }

  it('that nobody answers is given up after its ringing time; an announcement is no answer', async () => {
    const phone = await callee('callee-rings');
    const callId = await place({ ringTimeoutMs: 5000 });
    expect(await ended(callId)).to.include({ reason: 'no_answer' });
    const result = await phone.done();
    expect(result, result.errors).to.include({ ok: true });
    expect(result.log).to.deep.equal(['called', 'rings', 'given up']);
    expect(eventOf(callId, 'call.answered')).to.equal(undefined);
  });

  it('is refused before anybody is called when the tenant does not allow it', async () => {
    for (const to of ['+12025550123', '112', '+499001123456', 'sip:anna@127.0.0.1']) {
      expect(await place({ to }).catch((error: unknown) => (error as Error).message), to).to.match(/^refused: (destination-not-allowed|number-invalid)/u);
    }
  });

  it('exactly two of ten at once are placed when two is the limit', async () => {
    const phone = await callee('callee-rings', { calls: 2 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => place({ ringTimeoutMs: 5000 }).catch((error: unknown) => (error as Error).message)));
    const calls = outcomes.filter((outcome) => !outcome.startsWith('refused')) as CallId[];
    expect(outcomes.filter((outcome) => outcome.startsWith('refused: quota-concurrent'))).to.have.lengthOf(8);
    for (const callId of calls) expect(await ended(callId)).to.include({ reason: 'no_answer' });
    const result = await phone.done();
    expect(result, result.errors).to.include({ ok: true });
  });

  it('still rings when the gateway ends: it is given up', async () => {
    const phone = await callee('callee-rings');
    const callId = await place({ ringTimeoutMs: 30_000 });
    await phone.logged('rings');
    await gateway.abort();
    expect(await ended(callId)).to.include({ reason: 'drained' });
    const result = await phone.done();
    expect(result, result.errors).to.include({ ok: true });
    expect(result.log).to.deep.equal(['called', 'rings', 'given up']);
  });
});
