import { expect } from 'chai';
import { PinoLogger } from '../../../src/adapters/runtime/pino-logger.js';
import { until } from '../../contract/telephony-scene.js';
import { type AsteriskWorld, openAsteriskWorld } from './asterisk-world.js';

describe('The log lines of AsteriskTelephony', () => {
  let world: AsteriskWorld;
  const lines: Readonly<Record<string, unknown>>[] = [];
  const logger = PinoLogger.open({ level: 'debug', destination: { write: (line) => { lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>); } } });
  const line = (message: string): Readonly<Record<string, unknown>> | undefined => lines.find(({ msg }) => msg === message);

  beforeEach(() => { lines.length = 0; });
  afterEach(async () => { await world.close(); });

  it('name the leg: the digits of a channel id are no telephone number', async () => {
    world = await openAsteriskWorld({}, { logger });
    world.telephony.onOffer(() => { throw new Error('a bug'); });
    const { id } = world.ari.call('voice-gateway');
    await until(() => line('an offered call could not be handled') !== undefined, 'the line');
    expect(id).to.match(/^\d{10}\.\d+$/u);
    expect(line('an offered call could not be handled')).to.include({ legId: id });
  });

  it('name the object that could not be removed', async () => {
    world = await openAsteriskWorld({}, { logger, timings: { cleanupTimeoutMs: 200 } });
    world.telephony.onOffer((offer) => {
      const never = new AbortController().signal;
      const voiceDetection = { onsetMs: 60, offsetMs: 200, sustainedMs: 200 };
      void offer.leg.openMedia({ preferredSampleRateHz: 8000, voiceDetection }, never).then(() => {
        world.ari.faults.push({ mode: 'unavailable', match: /^DELETE bridges\// });
        return offer.leg.hangUp('normal');
      });
    });
    const { id } = world.ari.call('voice-gateway');
    const message = 'an object in asterisk could not be removed in time; the sweep goes on with it';
    await until(() => line(message) !== undefined, 'the line');
    expect(line(message)).to.include({ objectId: `vg.n1.${id}.br`, legId: id });
  });
});
