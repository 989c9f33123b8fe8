import { expect } from 'chai';
import { LegEvents } from '../../../src/adapters/asterisk/leg-events.js';
import type { LegEvent } from '../../../src/application/ports/telephony.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';

const ENDED: LegEvent = { type: 'ended', causeCode: 16, causeText: '', released: false };

describe('LegEvents', () => {
  it('says nothing after the end', () => {
    const events = new LegEvents(new RecordingLogger());
    const heard: LegEvent[] = [];
    events.onEvent((event) => { heard.push(event); });
    for (const event of [{ type: 'answered' }, ENDED, ENDED, { type: 'dtmf', digit: '1', durationMs: 80 }] as const) events.emit(event);
    expect(heard.map(({ type }) => type)).to.deep.equal(['answered', 'ended']);
  });

  it('goes on with the other listeners when one throws, also in the replay', () => {
    const logger = new RecordingLogger();
    const events = new LegEvents(logger);
    events.emit({ type: 'ringing' });
    events.onEvent(() => { throw new Error('a bug'); });
    const heard: LegEvent[] = [];
    events.onEvent((event) => { heard.push(event); });
    events.emit(ENDED);
    expect(heard).to.deep.equal([ENDED]);
    expect(logger.messages('error')).to.have.lengthOf(2);
  });

  it('keeps the end when nobody listens for very long', () => {
    const events = new LegEvents(new RecordingLogger());
    for (let n = 0; n < 1000; n += 1) events.emit({ type: 'dtmf', digit: '1', durationMs: 80 });
    events.emit(ENDED);
    const heard: LegEvent[] = [];
    events.onEvent((event) => { heard.push(event); });
    expect(heard.length).to.be.at.most(256);
    expect(heard.at(-1)).to.deep.equal(ENDED);
  });

  it('stops for a listener that cancelled', () => {
    const events = new LegEvents(new RecordingLogger());
    const heard: LegEvent[] = [];
    const cancel = events.onEvent((event) => { heard.push(event); });
    cancel();
    cancel();
    events.emit({ type: 'ringing' });
    expect(heard).to.deep.equal([]);
  });
});
