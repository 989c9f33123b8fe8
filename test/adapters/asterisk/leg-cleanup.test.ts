/**
 * A caller may hang up at any moment, and any request may be lost. These tests are generated: one whole call is run
 * once to learn which requests it makes, then again and again with the accident at each of them.
 */
import { expect } from 'chai';
import type { AsteriskTimings } from '../../../src/adapters/asterisk/asterisk-timings.js';
import type { CallLeg, CallOffer, LegEvent } from '../../../src/application/ports/telephony.js';
import { until } from '../../contract/telephony-scene.js';
import type { FaultMode } from '../../support/servers/fake-ari.js';
import type { WorldChannel } from '../../support/servers/fake-ari-world.js';
import { APP, openAsteriskWorld, type AsteriskWorld } from './asterisk-world.js';

const IMPATIENT: Partial<AsteriskTimings> = {
  requestTimeoutMs: 60, originateTimeoutMs: 60, cleanupTimeoutMs: 150, sweepIntervalMs: 60, goneTimeoutMs: 60, enterTimeoutMs: 60,
  breakerFailures: 1000, // the accidents are on purpose
};

interface Call {
  readonly leg: CallLeg;
  readonly caller: WorldChannel;
  readonly giveUp: AbortController;
  readonly events: LegEvent[];
}

type Accident = (world: AsteriskWorld, call: Call) => void;

const ACCIDENTS: Readonly<Record<string, Accident>> = {
  'the caller hangs up': ({ ari }, { caller }) => { ari.farEnd.hangsUp(caller); },
  'we hang up': (_world, { leg }) => { void leg.hangUp('normal'); },
  'the work is given up': (_world, { giveUp }) => { giveUp.abort(); },
  'the dialled number hangs up': ({ ari }) => {
    for (const channel of ari.world.channels.values()) if (channel.kind === 'outgoing') ari.farEnd.hangsUp(channel, 17);
  },
  'the caller and the number hang up at once': ({ ari }) => {
    for (const channel of [...ari.world.channels.values()]) if (channel.kind !== 'external') ari.farEnd.hangsUp(channel);
  },
};

type Ending = 'number' | 'extension';

/** Answer, media, a transfer that is refused, one that succeeds: each request a call can make. Failures are part of the game. */
async function wholeCall(world: AsteriskWorld, ending: Ending, begun: (call: Call) => void): Promise<Call> {
  const offered = new Promise<CallOffer>((resolve) => { world.telephony.onOffer(resolve); });
  const caller = world.ari.call(APP);
  const { leg } = await offered;
  const call: Call = { leg, caller, giveUp: new AbortController(), events: [] };
  leg.onEvent((event) => { call.events.push(event); });
  begun(call);
  const { signal } = call.giveUp;
  await Promise.allSettled([leg.answer(signal), leg.openMedia({ preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } }, signal)]);
  await leg.sendDtmf('1', signal).catch(() => undefined);
  await leg.transfer({ kind: 'number', number: '4930999001', ringTimeoutMs: 2000 }, signal).catch(() => undefined); // busy
  const target = ending === 'number' ? { kind: 'number', number: '4930999002', ringTimeoutMs: 2000 } as const : { kind: 'extension', context: 'transfers', extension: 'person' } as const;
  await leg.transfer(target, signal).catch(() => undefined);
  return call;
}

function dialledNumbersBehave({ ari }: AsteriskWorld): void {
  ari.farEnd.onDialled = (channel) => {
    if (channel.endpoint.includes('4930999001')) ari.farEnd.hangsUp(channel, 17);
    else ari.farEnd.answers(channel);
  };
}

async function expectNothingLeft(world: AsteriskWorld, call: Call): Promise<void> {
  await call.leg.hangUp('normal');
  await until(async () => (await world.leftovers()).length === 0, 'everything removed').catch(() => undefined);
  expect(await world.leftovers()).to.deep.equal([]);
  expect(call.events.filter(({ type }) => type === 'ended')).to.have.lengthOf(1);
  expect(call.events.at(-1)!.type).to.equal('ended');
  world.ari.world.channels.clear(); // a caller sent on to the dialplan lives there
}

/** How many requests the call makes, and each of them, when nothing happens. */
async function rehearse(world: AsteriskWorld, ending: Ending): Promise<readonly string[]> {
  const requests: string[] = [];
  world.ari.hooks = { before: (request) => { requests.push(request); } };
  const call = await wholeCall(world, ending, () => undefined);
  await expectNothingLeft(world, call);
  world.ari.hooks = {};
  expect(requests).to.include.members(['POST channels/externalMedia', 'POST channels/create']);
  expect(requests.length).to.be.at.least(12);
  return requests;
}

for (const entry of ['before', 'after'] as const) {
  describe(`A leg of AsteriskTelephony (channels enter ${entry} the answer)`, () => {
    let world: AsteriskWorld;

    beforeEach(async () => {
      world = await openAsteriskWorld({ entry }, { timings: { goneTimeoutMs: 100 } });
      dialledNumbersBehave(world);
    });
    afterEach(async () => { await world.close(); });

    for (const [name, accident] of Object.entries(ACCIDENTS)) {
      for (const ending of ['number', 'extension'] as const) {
        it(`leaves nothing behind when ${name}, at whichever request on the way to a transfer to ${ending === 'number' ? 'a number' : 'an extension'}`, async () => {
          const requests = await rehearse(world, ending);
          for (let at = 0; at < requests.length; at += 1) {
            for (const moment of ['before', 'after'] as const) {
              let seen = 0;
              const call = await wholeCall(world, ending, (begun) => {
                world.ari.hooks = { [moment]: () => {
                  if (seen === at) accident(world, begun);
                  seen += 1;
                } };
              });
              await expectNothingLeft(world, call).catch((error: unknown) => {
                throw new Error(`${moment} request ${String(at)}, ${requests[at]!}`, { cause: error });
              });
              world.ari.hooks = {};
            }
          }
          expect(world.logger.messages('error')).to.deep.equal([]);
        });
      }
    }
  });
}

describe('A leg of AsteriskTelephony over a bad connection', () => {
  let world: AsteriskWorld;

  beforeEach(async () => {
    world = await openAsteriskWorld({}, { timings: IMPATIENT });
    dialledNumbersBehave(world);
  });
  afterEach(async () => { await world.close(); });

  for (const mode of ['hang', 'lost-answer', 'reset', 'html', 'allocation-failed', 'unavailable'] satisfies readonly FaultMode[]) {
    it(`leaves nothing behind when any one request ends in "${mode}"`, async () => {
      const requests = await rehearse(world, 'number');
      for (let at = 0; at < requests.length; at += 1) {
        const call = await wholeCall(world, 'number', () => {
          const match = new RegExp(`^${requests[at]!.replace(/\d{10}\.\d+/g, '\\d{10}\\.\\d+')}$`);
          world.ari.faults.push({ mode, times: 1, match });
        });
        world.ari.faults.length = 0;
        await expectNothingLeft(world, call).catch((error: unknown) => { throw new Error(requests[at], { cause: error }); });
      }
      expect(world.logger.messages('error')).to.deep.equal([]);
    });
  }

  it('leaves nothing behind when Asterisk answers nothing while the leg ends, and answers again later', async () => {
    const call = await wholeCallUntilMedia(world);
    world.ari.faults.push({ mode: 'hang' });
    world.ari.farEnd.hangsUp(call.caller);
    await call.leg.hangUp('normal');
    expect(world.ari.leftovers.bridges).to.have.lengthOf(1);
    world.ari.faults.length = 0;
    await until(async () => (await world.leftovers()).length === 0, 'the sweep'); // reset, hang, and then the sweep goes on with it
    expect(call.leg.ended).to.equal(true);
  });

  it('hangs the caller up in the end when the hang-up could not be delivered in time', async () => {
    const call = await wholeCallUntilMedia(world);
    world.ari.faults.push({ mode: 'hang' });
    await call.leg.hangUp('busy');
    expect(call.leg.ended).to.equal(true);
    expect(world.ari.world.channels.has(call.caller.id)).to.equal(true);
    world.ari.faults.length = 0;
    await until(() => !world.ari.world.channels.has(call.caller.id), 'the caller is released');
  });
});

async function wholeCallUntilMedia(world: AsteriskWorld): Promise<Call> {
  const offered = new Promise<CallOffer>((resolve) => { world.telephony.onOffer(resolve); });
  const caller = world.ari.call(APP);
  const { leg } = await offered;
  const call: Call = { leg, caller, giveUp: new AbortController(), events: [] };
  await leg.answer(call.giveUp.signal);
  await leg.openMedia({ preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } }, call.giveUp.signal);
  return call;
}
