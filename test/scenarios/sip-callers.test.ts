import { expect } from 'chai';
import { Platform } from '../support/platform.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { runSipp, SippCall, type SippOptions, type SippResult, type SippScenario } from '../support/sipp/run-sipp.js';

const BANK = '5551000';

/** Real SIP callers of every manner ring the gateway through Asterisk; after each nothing of the call is left anywhere. */
describe('A SIP caller of the gateway', () => {
  let platform: Platform;
  before(async function () {
    this.timeout(180_000);
    platform = await Platform.start();
  });
  after(async () => { await platform.stop(); });
  afterEach('leaves no channel, bridge, socket, leg or call behind', async () => { await platform.untilIdle(); });

  const play = async (scenario: SippScenario, options: Partial<SippOptions> = {}): Promise<SippResult> => {
    const result = await runSipp(scenario, { sipPort: platform.asterisk.sipPort, did: BANK, ...options });
    expect(result, result.errors).to.include({ ok: true });
    return result;
  };
  const lastEnd = async (): Promise<unknown> => (await platform.events()).filter((event) => event.type.includes('call.ended')).at(-1)?.data['reason'];

  it('hangs up at once after the answer', async () => {
    await play('talk');
    await platform.untilIdle();
    expect(await lastEnd()).to.equal('caller_hangup');
  });

  it('hangs up during the greeting', async () => {
    await play('talk', { pauseMs: 500 });
    await platform.untilIdle();
    expect(await lastEnd()).to.equal('caller_hangup');
  });

  it('cancels while it rings, or a moment too late', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await play('cancel');
  });

  it('puts the agent on hold and takes the call back', async () => {
    const result = await play('hold', { pauseMs: 1500 });
    expect(result.log.slice(1)).to.deep.equal(['on hold direction=recvonly', 'resumed direction=sendrecv', 'caller hung up']);
  });

  for (const codec of ['ulaw', 'alaw', 'g722'] as const) {
    it(`hears the greeting in ${codec}`, async () => {
      const caller = await RtpCaller.open();
      const call = await SippCall.start('talk', { sipPort: platform.asterisk.sipPort, did: BANK, codec, rtpPort: caller.port, pauseMs: 2500 });
      const result = await call.done();
      await caller.close();
      expect(result, result.errors).to.include({ ok: true });
      // 2.5 s at 50 packets a second; a gateway that sends nothing or at the wrong pace is far off.
      expect(caller.received.length, 'packets heard').to.be.within(100, 140);
    });
  }

  it('is told with 503 that a number is nobody\'s, not with silence', async () => {
    const result = await play('refused', { did: '5559999' });
    expect(result.log).to.deep.equal(['refused 503']);
    expect(await platform.metric('calls_rejected_total', { reason: 'unknown_did' })).to.equal(1);
  });

  it('rings ten at a time', async () => {
    await play('talk', { calls: 10, callsPerSecond: 10, pauseMs: 1000 });
  });
});
