import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { AsteriskInstance } from '../support/servers/asterisk-instance.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { CALLER_CODECS, runSipp, SippCall, type CallerCodec, type SippOptions, type SippResult, type SippScenario } from '../support/sipp/run-sipp.js';
import { DESK, TinyDesk } from '../support/sipp/tiny-desk.js';

const NOTHING_LEFT = { channels: 0, bridges: 0, rtpSockets: 0 };
const TONE_HZ = 1000;

const HEARD_RATE_HZ = 8000;
const WINDOW_BYTES = 1600; // 100 ms

/** Share of the power of 100 ms of L16 big-endian that lies at one frequency (Goertzel): near 1 for a pure tone. */
function shareOfPowerAt(frequencyHz: number, audio: Buffer): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / HEARD_RATE_HZ);
  let [before, last, power] = [0, 0, 0];
  const samples = audio.length / 2;
  for (let index = 0; index < samples; index += 1) {
    const sample = audio.readInt16BE(index * 2);
    power += sample * sample;
    [before, last] = [last, sample + coefficient * last - before];
  }
  return power === 0 ? 0 : (2 * (last * last + before * before - coefficient * last * before)) / (samples * power);
}

/** The share in the middle one of all windows: one torn by a lost packet does not count. */
function medianShare(frequencyHz: number, audio: Buffer): number {
  const windows = Array.from({ length: Math.floor(audio.length / WINDOW_BYTES) }, (_, index) => audio.subarray(index * WINDOW_BYTES, (index + 1) * WINDOW_BYTES));
  const shares = windows.map((window) => shareOfPowerAt(frequencyHz, window)).sort((a, b) => a - b);
  return shares[Math.floor(shares.length / 2)] ?? 0;
}

/** One second of a tone in each caller codec, encoded by Asterisk itself. */
async function encodedTone(asterisk: AsteriskInstance): Promise<Record<CallerCodec, Buffer>> {
  const dir = path.join(asterisk.runDir, 'tone');
  await mkdir(dir, { recursive: true });
  const samples = Int16Array.from({ length: 16_000 }, (_, index) => 8000 * Math.sin((2 * Math.PI * TONE_HZ * index) / 16_000));
  await writeFile(path.join(dir, 'tone.sln16'), samples);
  await asterisk.cli('module load res_convert.so');
  const encode = async (codec: CallerCodec): Promise<Buffer> => {
    await asterisk.cli(`file convert ${dir}/tone.sln16 ${dir}/tone.${codec}`);
    return readFile(path.join(dir, `tone.${codec}`));
  };
  return { ulaw: await encode('ulaw'), alaw: await encode('alaw'), g722: await encode('g722') };
}

describe('SIPp callers against Asterisk', () => {
  let asterisk: AsteriskInstance;
  let desk: TinyDesk;

  before(async () => { asterisk = await AsteriskInstance.start({ values: { VG_PERSON_S: '1', VG_AWAY_TONE_S: '1' } }); });
  beforeEach(async () => { desk = await TinyDesk.open(asterisk); });
  afterEach(async () => {
    await desk.close();
    expect(await asterisk.untilIdle()).to.deep.equal(NOTHING_LEFT);
  });
  after(async () => { await asterisk.stop(); });

  const play = (scenario: SippScenario, did: string, options: Partial<SippOptions> = {}): Promise<SippResult> =>
    runSipp(scenario, { sipPort: asterisk.sipPort, did, ...options });

  function expectOk(result: SippResult): void {
    expect(result, result.errors).to.include({ ok: true });
  }

  it('hangs up at once after the answer', async () => {
    const result = await play('talk', DESK.answers);
    expectOk(result);
    expect(result.log.at(-1)).to.equal('caller hung up');
    expect(desk.calls).to.have.lengthOf(1);
  });

  it('hangs up half a second into the greeting', async () => {
    const result = await play('talk', DESK.echoes, { pauseMs: 500 });
    expectOk(result);
    expect(result.durationMs).to.be.greaterThan(500);
  });

  it('gives up while it rings', async () => {
    const result = await play('cancel', DESK.rings);
    expectOk(result);
    expect(result.log).to.deep.equal(['cancelled']);
  });

  it('gives up too late, and hangs up what was answered meanwhile', async () => {
    const result = await play('cancel', DESK.answers);
    expectOk(result);
    expect(result.log).to.deep.equal(['caller hung up']);
  });

  it('puts the call on hold and takes it back', async () => {
    const result = await play('hold', DESK.echoes, { pauseMs: 300 });
    expectOk(result);
    expect(result.log.slice(1)).to.deep.equal(['on hold direction=recvonly', 'resumed direction=sendrecv', 'caller hung up']);
  });

  it('is hung up by the other side', async () => {
    const result = await play('agent-hangs-up', DESK.hangsUp);
    expectOk(result);
    expect(result.log.at(-1)).to.equal('agent hung up');
  });

  it('is told with 503 that a number is not served', async () => {
    const result = await play('refused', DESK.refuses);
    expectOk(result);
    expect(result.log).to.deep.equal(['refused 503']);
  });

  it('hears a person for a second after a transfer, who then hangs up', async () => {
    const caller = await RtpCaller.open();
    const result = await play('agent-hangs-up', DESK.transfers, { rtpPort: caller.port });
    await caller.close();
    expectOk(result);
    expect(caller.received.length).to.be.within(40, 60); // one second of 20 ms packets
  });

  it('fails a scenario that does not go as told, and says how', async () => {
    const result = await play('talk', DESK.refuses);
    expect(result.ok).to.equal(false);
    expect(result.errors).to.contain('503');
  });

  it('brings number, trunk, correlation id and codec to the application, and nothing that a caller smuggles in', async () => {
    expectOk(await play('talk', '+493055501', { correlationId: 'a-1_b.2,x=(y)${z}', codec: 'alaw', callerNumber: '+4915155502' }));
    expect(desk.calls[0]?.args).to.deep.equal(['did=+493055501', 'trunk=trunk', 'correlation=a-1_b.2xyz', 'codec=alaw']);
    expect(desk.calls[0]?.callerNumber).to.equal('+4915155502');
  });

  for (const [user, did] of [['+493055501;npdi;rn=4989', '+493055501'], ['493055501;phone-context=+1', '493055501']] as const) {
    it(`takes ${user} for the number ${did}, and nothing else of it`, async () => {
      expectOk(await play('talk', user));
      expect(desk.calls[0]?.args.slice(0, 2)).to.deep.equal([`did=${did}`, 'trunk=trunk']);
    });
  }

  for (const user of ['493055501&PJSIP/caller', '493055501,1,2', '493055501%24%7BSHELL(id)%7D', '493055501%0d%0aX-Evil:%20a', '493055501)%22=%22', '4930-55501', '493055501%20']) {
    it(`is refused with ${user}: no other number is made of it`, async () => {
      const result = await play('refused', user);
      expectOk(result);
      expect(result.log).to.deep.equal(['refused 484']);
      expect(desk.calls).to.have.lengthOf(0);
    });
  }

  it('rings from the softphone account, known by its password and its own number', async () => {
    expectOk(await play('softphone', DESK.answers, { account: asterisk.softphone }));
    expect(desk.calls[0]?.args).to.include('trunk=softphone');
    expect(desk.calls[0]?.callerNumber).to.equal('4930555010');
  });

  it('is not let in with a wrong password', async () => {
    const result = await play('softphone', DESK.answers, { account: { user: asterisk.softphone.user, password: 'guess' }, messageTimeoutMs: 1500 });
    expect(result.ok).to.equal(false);
    expect(await asterisk.log()).to.contain('Failed to authenticate');
    expect(desk.calls).to.have.lengthOf(0);
  });

  it('makes ten calls in a second', async () => {
    expectOk(await play('talk', DESK.echoes, { calls: 10, callsPerSecond: 10, pauseMs: 1000 }));
    expect(desk.calls).to.have.lengthOf(10);
  });

  for (const codec of ['ulaw', 'alaw', 'g722'] as const) {
    it(`is understood and understands in ${codec}`, async () => {
      const tone = await encodedTone(asterisk);
      const caller = await RtpCaller.open();
      const call = await SippCall.start('talk', { sipPort: asterisk.sipPort, did: DESK.echoes, codec, rtpPort: caller.port, pauseMs: 2000 });
      const port = await call.remoteRtpPort();
      const { payloadType } = CALLER_CODECS[codec];
      caller.speak(port ?? 0, payloadType, tone[codec]);
      const result = await call.done();
      await caller.close();
      expectOk(result);
      const heard = Buffer.concat(desk.heard);
      expect(heard.length / (2 * HEARD_RATE_HZ), 'seconds heard').to.be.within(1, 2.5);
      expect(medianShare(TONE_HZ, heard), 'tone in what was heard').to.be.greaterThan(0.9);
      expect(caller.heard(payloadType).length, 'echo in the same codec').to.be.greaterThan(8000);
    });
  }
});

describe('Asterisk while the gateway is away', () => {
  let asterisk: AsteriskInstance;
  before(async () => { asterisk = await AsteriskInstance.start({ values: { VG_AWAY_TONE_S: '1', VG_FALLBACK_APP: 'stand-in' } }); });
  after(async () => { await asterisk.stop(); });

  it('lets the caller hear a congestion tone and refuses with 503', async () => {
    const caller = await RtpCaller.open();
    const result = await runSipp('refused', { sipPort: asterisk.sipPort, did: DESK.answers, rtpPort: caller.port });
    await caller.close();
    expect(result, result.errors).to.include({ ok: true });
    expect(result.log).to.deep.equal(['refused 503']);
    expect(caller.received.length).to.be.within(40, 60);
    expect(await asterisk.untilIdle()).to.deep.equal(NOTHING_LEFT);
  });

  it('asks the stand-in application first', async () => {
    const desk = await TinyDesk.open(asterisk, 'stand-in');
    const result = await runSipp('talk', { sipPort: asterisk.sipPort, did: DESK.answers });
    await desk.close();
    expect(result, result.errors).to.include({ ok: true });
    expect(desk.calls).to.have.lengthOf(1);
  });
});

describe('Asterisk towards a stranger', () => {
  let asterisk: AsteriskInstance;
  // From an address that is no trunk's, as all of ours are in this suite.
  before(async () => { asterisk = await AsteriskInstance.start({ values: { VG_TRUNK_ADDRESSES: '192.0.2.1' } }); });
  after(async () => { await asterisk.stop(); });

  for (const name of ['4930555020', 'trunk', 'caller', 'outbound', 'softphone']) {
    it(`asks for a password whoever calls himself ${name}`, async () => {
      const desk = await TinyDesk.open(asterisk);
      const result = await runSipp('refused', { sipPort: asterisk.sipPort, did: DESK.answers, callerNumber: name });
      await desk.close();
      expect(result, result.errors).to.include({ ok: true });
      expect(result.log).to.deep.equal(['refused 401']);
      expect(desk.calls).to.have.lengthOf(0);
    });
  }
});

describe('The public network of demo and tests', () => {
  let asterisk: AsteriskInstance;
  let desk: TinyDesk;
  before(async () => { asterisk = await AsteriskInstance.start(); });
  beforeEach(async () => { desk = await TinyDesk.open(asterisk); });
  afterEach(async () => {
    await desk.close();
    expect(await asterisk.untilIdle()).to.deep.equal(NOTHING_LEFT);
  });
  after(async () => { await asterisk.stop(); });

  async function dial(number: string): Promise<void> {
    await asterisk.request('POST', `channels?endpoint=PJSIP/${number}@outbound&app=voice-gateway&channelId=out&callerId=4930555021`);
  }

  it('answers a number after a ring', async () => {
    await dial('5551999');
    await desk.until('StasisStart out');
    await asterisk.request('DELETE', 'channels/out');
  });

  for (const [what, number, sipStatus] of [['is busy', '5551486', 486], ['does not know a number', '5559999', 404]] as const) {
    it(what, async () => {
      await dial(number);
      expect((await desk.until('ChannelDestroyed out')).tech_cause).to.equal(sipStatus);
    });
  }

  it('rings without end where nobody answers', async () => {
    await dial('5551408');
    await desk.until('ChannelStateChange out');
    const channels = await asterisk.channels();
    expect(channels.find(({ id }) => id === 'out')?.state).to.equal('Ringing');
    await asterisk.request('DELETE', 'channels/out');
  });

  it('brings a simulated call of Asterisk to itself in at the trunk, with the caller id of its originator', async () => {
    await asterisk.request('POST', `channels?endpoint=PJSIP/caller/sip:5550001@127.0.0.1:${asterisk.sipPort}&app=voice-gateway&channelId=caller&callerId=4915155503`);
    await desk.until('StasisStart caller');
    expect(desk.calls[0]).to.deep.include({ did: '5550001', callerNumber: '4915155503' });
    expect(desk.calls[0]?.args).to.include('trunk=trunk');
    await asterisk.request('DELETE', 'channels/caller');
  });
});
