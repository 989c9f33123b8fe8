import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { Platform } from '../support/platform.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { runSipp, SippCall } from '../support/sipp/run-sipp.js';

const BANK = '5551000';

/** Everything around the gateway dies in turn; callers are told, and the next call works. What a test has ended is started again for the next one. */
describe('The gateway when things around it fail', function () {
  this.timeout(90_000);
  let platform: Platform;
  before(async function () {
    this.timeout(180_000);
    platform = await Platform.start();
  });
  after(async () => { await platform.stop(); });
  let eventsBefore = 0;
  beforeEach(async () => { eventsBefore = (await platform.events()).length; });
  afterEach(async function () {
    this.timeout(180_000);
    if (this.currentTest?.state === 'failed') { // what it has left of a call, or of Asterisk, shall not fail the next one
      await platform.stop();
      platform = await Platform.start();
      return;
    }
    if (!platform.orchestrator.running) await platform.startOrchestrator();
    if (!platform.gateway.running) await platform.startGateway();
  });
  /** Of the test. */
  const events = async (): ReturnType<Platform['events']> => (await platform.events()).slice(eventsBefore);

  const until = async (what: string, condition: () => Promise<boolean>, limitMs: number): Promise<number> => {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms\n${platform.gateway.output.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return performance.now() - began;
  };
  const talk = async (): Promise<void> => {
    const result = await runSipp('talk', { sipPort: platform.asterisk.sipPort, did: BANK, pauseMs: 800 });
    expect(result, result.errors).to.include({ ok: true });
  };

  it('is ready again soon after Asterisk was killed and started, with a call up meanwhile', async () => {
    const call = await SippCall.start('talk', { sipPort: platform.asterisk.sipPort, did: BANK, pauseMs: 3000 });
    await until('a call is up', async () => (await platform.metric('calls_active')) === 1, 10_000);
    await platform.asterisk.kill();
    await until('not ready', async () => !(await platform.ready()), 15_000);
    await platform.asterisk.restart();
    await until('ready again', () => platform.ready(), 6000);
    await call.done(); // its far end is gone: how SIPp sees that is of no interest
    await until('the lost call is closed', async () => (await platform.metric('calls_active')) === 0, 10_000);
    await talk();
    await platform.untilIdle();
  });

  it('tells callers that the agent is away and hands them over', async () => {
    await platform.orchestrator.stop('SIGKILL');
    const result = await platform.simulate(['test/scenarios/calls/agent-away.yaml']);
    expect(result.exitCode, result.output).to.equal(0);
    await platform.untilIdle();
  });

  it('neither hears nor answers audio from a stranger', async () => {
    const caller = await RtpCaller.open();
    const call = await SippCall.start('talk', { sipPort: platform.asterisk.sipPort, did: BANK, rtpPort: caller.port, pauseMs: 2500 });
    await until('a call is up', async () => (await platform.metric('calls_active')) === 1, 10_000);
    const foreignBefore = await platform.metric('rtp_dropped_total', { reason: 'foreign' });
    const stranger = createSocket('udp4');
    const mediaPort = Number(/"port":(\d+)[^\n]*media plane open|media plane open[^\n]*"port":(\d+)/u.exec(platform.gateway.output)?.slice(1).find(Boolean));
    const answers: Buffer[] = [];
    stranger.on('message', (message) => answers.push(message));
    for (let sequence = 0; sequence < 50; sequence += 1) {
      const packet = Buffer.alloc(172);
      packet[0] = 0x80;
      packet.writeUInt16BE(sequence, 2);
      packet.writeUInt32BE(sequence * 160, 4);
      await new Promise<void>((resolve) => { stranger.send(packet, mediaPort, '127.0.0.1', () => { resolve(); }); });
    }
    await call.done();
    await caller.close();
    stranger.close();
    await until('counted', async () => (await platform.metric('rtp_dropped_total', { reason: 'foreign' })) >= foreignBefore + 50, 5000);
    expect(answers).to.have.lengthOf(0);
    const words = (await events()).filter((event) => event.type.includes('stt.transcribed') || event.type.includes('caller.interrupted'));
    expect(words).to.have.lengthOf(0);
    await platform.untilIdle();
  });

  it('drains on SIGTERM: refuses new calls, lets the living one finish, then ends', async () => {
    const call = await SippCall.start('talk', { sipPort: platform.asterisk.sipPort, did: BANK, pauseMs: 3000 });
    await until('a call is up', async () => (await platform.metric('calls_active')) === 1, 10_000);
    platform.gateway.signal('SIGTERM');
    await until('readiness is withdrawn', async () => !(await platform.ready()), 1000);
    const refused = await runSipp('refused', { sipPort: platform.asterisk.sipPort, did: BANK });
    expect(refused.log).to.deep.equal(['refused 503']);
    const result = await call.done();
    expect(result, result.errors).to.include({ ok: true });
    expect(await platform.gateway.ended(5000)).to.equal(0);
  });

  it('ends at once on a second signal', async () => {
    const call = await SippCall.start('agent-hangs-up', { sipPort: platform.asterisk.sipPort, did: BANK });
    await until('the call is answered', async () => (await events()).some((event) => event.type.includes('call.answered')), 10_000);
    platform.gateway.signal('SIGTERM');
    await until('readiness is withdrawn', async () => !(await platform.ready()), 1000);
    platform.gateway.signal('SIGTERM');
    expect(await platform.gateway.ended(8000)).to.equal(0);
    const result = await call.done();
    expect(result.log.at(-1)).to.equal('agent hung up');
  });
});
