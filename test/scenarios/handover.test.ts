import { expect } from 'chai';
import { tone } from '../../src/domain/audio/tones.js';
import { encodeG711, G711_SILENCE } from '../../src/domain/audio/g711.js';
import { Platform } from '../support/platform.js';
import { samplesOf, ULAW } from '../support/sipp/coded-caller.js';
import { RtpCaller } from '../support/sipp/rtp-caller.js';
import { freeUdpPorts, SippCall, type SippOptions, type SippScenario } from '../support/sipp/run-sipp.js';
import { hears } from '../integration/asterisk/asterisk-line.js';

const ASKS = '5552001';
const QUEUES = '5552002';
const RATE_HZ = 8000;
/** What the two say to each other, in hertz. */
const CALLER_HZ = 1000;
const PERSON_HZ = 600;
/** A global variable of the dialplan: how long the queue keeps a caller. */
const QUEUE_MAX_S = 'TEST_QUEUE_MAX_S';
const MEMBER_NEVER_THERE = 'Local/5551408@public-network/n';
const MEMBER = 'Local/person@transfers/n';

const SILENCE = new Uint8Array(RATE_HZ).fill(G711_SILENCE.ulaw);

interface Party {
  readonly sip: SippCall;
  readonly rtp: RtpCaller;
}

function hum(hz: number): Uint8Array {
  const bytes = new Uint8Array(RATE_HZ);
  encodeG711('ulaw', tone([hz], { sampleRateHz: RATE_HZ, durationMs: 1000, decibels: -12 }), { bytes, offset: 0 });
  return bytes;
}

const heardBy = (caller: RtpCaller, from = 0): Int16Array => samplesOf(caller.heard(ULAW).subarray(from));

/** Milliseconds of sound louder than a whisper. */
const loudMs = (samples: Int16Array): number => {
  const window = RATE_HZ / 50;
  let count = 0;
  for (let at = 0; at + window <= samples.length; at += window) if (hears(samples.subarray(at, at + window), CALLER_HZ, RATE_HZ).decibels > -45) count += 1;
  return count * 20;
};

/** Callers of SIPp are handed over by the whole platform to people of SIPp and to a queue of Asterisk. */
describe('Handing a caller over', function () {
  this.timeout(120_000);
  let platform: Platform;
  let personPort: number;
  const open: Party[] = [];

  before(async function () {
    this.timeout(180_000);
    [personPort = 0] = await freeUdpPorts(1);
    platform = await Platform.start({
      asterisk: { VG_OUTBOUND_URI: `sip:127.0.0.1:${String(personPort)}`, VG_QUEUE_MAX_S: `\${${QUEUE_MAX_S}}`, VG_PERSON_S: '6' },
      env: { VG_TENANTS_DIRECTORY: 'test/scenarios/handover/tenants' },
      orchestratorArgs: ['--dialogue', 'test/scenarios/handover/asks.yaml', '--dialogue', 'test/scenarios/handover/queues.yaml'],
    });
  });
  after(async () => { await platform.stop(); });
  afterEach('leaves no channel, bridge, socket, leg or call behind', async () => {
    await Promise.all(open.splice(0).map(async ({ rtp, sip }) => {
      await sip.stop();
      await rtp.close();
    }));
    await platform.untilIdle();
  });

  const until = async (what: string, condition: () => Promise<boolean>, limitMs = 20_000): Promise<void> => {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms\n${platform.gateway.output.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

  const party = async (scenario: SippScenario, options: Partial<SippOptions>): Promise<Party> => {
    const rtp = await RtpCaller.open();
    const sip = await SippCall.start(scenario, { sipPort: platform.asterisk.sipPort, did: ASKS, rtpPort: rtp.port, timeoutMs: 60_000, messageTimeoutMs: 50_000, ...options });
    open.push({ rtp, sip });
    void sip.remoteRtpPort().then((port) => { if (port !== undefined) rtp.speak(port, ULAW, SILENCE); }); // a line without any audio counts as lost
    return { rtp, sip };
  };
  const person = (scenario: SippScenario, options: Partial<SippOptions> = {}): Promise<Party> => party(scenario, { localPort: personPort, ...options });
  /** Events of the call since it was begun, by short type. */
  let eventsBefore = 0;
  beforeEach(async () => { eventsBefore = (await platform.events()).length; });
  const told = async (type: string): Promise<readonly Record<string, unknown>[]> =>
    (await platform.events()).slice(eventsBefore).filter((event) => event.type === `com.voicegw.${type}.v1`).map(({ data }) => data);
  const heardOfAgent = async (words: string): Promise<boolean> => (await told('turn.completed')).some(({ heard }) => String(heard).includes(words));
  const ends = async ({ sip }: Party): Promise<readonly string[]> => {
    const result = await sip.done();
    expect(result, `${result.errors}\n${platform.gateway.output.slice(-3000)}`).to.include({ ok: true });
    return result.log;
  };

  const untilGoneMeanwhile = async (): Promise<void> => {
    await until('the end is told', async () => (await told('call.ended')).length === 1);
    expect((await told('call.ended'))[0]).to.include({ reason: 'caller_hangup' });
    expect((await told('call.transfer_failed')).map((data) => data['reason']), 'the transfer ended too, once').to.deep.equal(['caller-gone']);
  };

  const backWithTheAgent = async (caller: Party, reason: string): Promise<void> => {
    await until('the agent speaks again', () => heardOfAgent('Nobody could come'), 40_000);
    expect((await told('call.transfer_failed')).map((data) => data['reason'])).to.deep.equal([reason]);
    const from = caller.rtp.heard(ULAW).length;
    await ends(caller);
    expect(from, 'the caller has heard it').to.be.above(0);
    await until('the end is told', async () => (await told('call.ended')).length === 1);
    expect((await told('call.ended'))[0]).to.include({ reason: 'caller_hangup' });
  };

  describe('to a person who is asked first', () => {
    it('lets the person hear what it is about, and the two talk when they take the call', async () => {
      const asked = await person('person', { key: '1', pauseMs: 9000 });
      const caller = await party('presses-a-key', { pauseMs: 22_000 });
      const personPortOfAsterisk = await asked.sip.remoteRtpPort();
      await pause(8000);
      const briefing = heardBy(asked.rtp);
      expect(loudMs(briefing), 'the briefing').to.be.above(2000);
      expect(hears(heardBy(caller.rtp), 425, RATE_HZ).share, 'the caller hears it ring').to.be.above(0.8);
      await until('transferred', async () => (await told('call.transferred')).length === 1);
      expect(await heardOfAgent('You are through now'), 'announced').to.equal(true);
      const callerPortOfAsterisk = await caller.sip.remoteRtpPort();
      caller.rtp.speak(callerPortOfAsterisk ?? 0, ULAW, hum(CALLER_HZ));
      asked.rtp.speak(personPortOfAsterisk ?? 0, ULAW, hum(PERSON_HZ));
      await pause(500);
      const from = { person: asked.rtp.heard(ULAW).length, caller: caller.rtp.heard(ULAW).length };
      await pause(2000);
      expect(hears(heardBy(asked.rtp, from.person), CALLER_HZ, RATE_HZ).share, 'the person hears the caller').to.be.above(0.8);
      expect(hears(heardBy(caller.rtp, from.caller), PERSON_HZ, RATE_HZ).share, 'the caller hears the person').to.be.above(0.8);
      expect((await told('call.transferred'))[0]).to.include({ kind: 'number', target: '+4930111' });
      await ends(caller);
      expect((await ends(asked)).at(-1)).to.equal('hung up');
    });

    it('gives the caller back when the person declines', async () => {
      const asked = await person('person', { key: '2', pauseMs: 2000 });
      const caller = await party('presses-a-key', { pauseMs: 14_000 });
      await backWithTheAgent(caller, 'declined');
      expect((await ends(asked)).at(-1)).to.equal('hung up');
    });

    it('gives the caller back when the person is busy', async () => {
      const asked = await person('person-busy');
      await backWithTheAgent(await party('presses-a-key', { pauseMs: 9000 }), 'busy');
      await ends(asked);
    });

    it('gives the caller back when the person does not answer', async () => {
      const asked = await person('person-rings');
      await backWithTheAgent(await party('presses-a-key', { pauseMs: 36_000 }), 'no-answer');
      expect((await ends(asked)).at(-1)).to.equal('given up');
    });

    it('calls the person no longer when the caller hangs up', async () => {
      const asked = await person('person-rings');
      const caller = await party('presses-a-key', { pauseMs: 5000 });
      await ends(caller);
      expect((await ends(asked)).at(-1)).to.equal('given up');
      await untilGoneMeanwhile();
    });
  });

  describe('to a queue', () => {
    const keepsCallersFor = (seconds: number): Promise<string> => platform.asterisk.cli(`dialplan set global ${QUEUE_MAX_S} ${String(seconds)}`);
    beforeEach(() => keepsCallersFor(3));

    it('ends when somebody of it takes the call, whom the caller then hears', async () => {
      const caller = await party('presses-a-key', { did: QUEUES, pauseMs: 6000 });
      await until('transferred', async () => (await told('call.transferred')).length === 1);
      expect((await told('call.transferred'))[0]).to.include({ kind: 'queue', target: 'support' });
      await pause(1800); // four short notes first
      const from = caller.rtp.heard(ULAW).length;
      await pause(800);
      expect(hears(heardBy(caller.rtp, from), 440, RATE_HZ).share, 'notes of the member').to.be.above(0.3); // 440 and 550 Hz together
      await ends(caller);
    });

    it('gives the caller back when nobody is there', async () => {
      await platform.asterisk.cli(`queue pause member ${MEMBER} queue support`);
      await backWithTheAgent(await party('presses-a-key', { did: QUEUES, pauseMs: 10_000 }), 'queue-empty');
    });

    it('gives the caller back when nobody takes the call in time', async () => {
      await platform.asterisk.cli(`queue add member ${MEMBER_NEVER_THERE} to support`);
      const caller = await party('presses-a-key', { did: QUEUES, pauseMs: 14_000 });
      await until('he waits', async () => (await platform.asterisk.cli('queue show support')).includes('has 1 calls'));
      await backWithTheAgent(caller, 'queue-timeout');
    });

    it('ends with a caller who hangs up while he waits', async () => {
      await keepsCallersFor(120); // he must be the one who ends it
      await platform.asterisk.cli(`queue pause member ${MEMBER} queue support`);
      await platform.asterisk.cli(`queue add member ${MEMBER_NEVER_THERE} to support`); // there already, when the tests before this one have run
      const caller = await party('presses-a-key', { did: QUEUES, pauseMs: 6000 }); // longer than a look at the queue takes on a busy machine
      await until('he waits', async () => (await platform.asterisk.cli('queue show support')).includes('has 1 calls'));
      await ends(caller);
      await untilGoneMeanwhile();
    });
  });
});
