import { expect } from 'chai';
import { Listener } from '../../../src/application/conversation/listener.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { StimulusBody } from '../../../src/domain/conversation/stimulus.js';
import { MemoryLeg } from '../../support/fakes/memory-leg.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';

const outage = (code = 'speech-to-text/unavailable'): PortError => new PortError('away', { code, kind: 'unavailable' });

class Ear {
  readonly clock = new VirtualClock();
  readonly speechToText = new FakeSpeechToText();
  readonly posted: StimulusBody[] = [];
  readonly leg = new MemoryLeg();
  readonly listener = new Listener({
    speechToText: this.speechToText, transcription: { language: 'en-US', grammar: '#JSGF V1.0;' }, clock: this.clock, log: silentLogger,
    post: (stimulus) => { this.posted.push(stimulus); },
  });

  async attached(): Promise<this> {
    this.listener.attach(this.leg);
    await this.clock.settle();
    return this;
  }

  async dies(): Promise<void> {
    this.speechToText.stream.dies(outage());
    await this.clock.settle();
  }
}

describe('Listener', () => {
  let ear: Ear;
  beforeEach(async () => { ear = await new Ear().attached(); });
  afterEach(async () => {
    await ear.listener.close();
    expect(ear.clock.pending, 'timers left').to.equal(0);
  });

  it('opens a recogniser as the profile says, at the rate of the leg', () => {
    expect(ear.speechToText.stream.options).to.deep.equal({ language: 'en-US', grammar: '#JSGF V1.0;', sampleRateHz: 8000 });
  });

  it('gives all audio of the caller to it, silence included', () => {
    ear.leg.pass(1000);
    expect(ear.speechToText.stream.samples).to.equal(8000);
  });

  it('passes on what was recognised, in order', async () => {
    const { stream } = ear.speechToText;
    stream.partial('my');
    stream.partial('my card');
    stream.final('my card', 0.8);
    stream.final('', null);
    await ear.clock.settle();
    expect(ear.posted).to.deep.equal([
      { type: 'transcript-partial', text: 'my' }, { type: 'transcript-partial', text: 'my card' },
      { type: 'transcript-final', text: 'my card', confidence: 0.8 }, { type: 'transcript-final', text: '', confidence: null },
    ]);
  });

  it('tells the recogniser where utterances begin and end', () => {
    ear.listener.beginUtterance(380);
    ear.listener.endUtterance();
    expect(ear.speechToText.stream.acts).to.deep.equal(['begin 380', 'end']);
  });

  it('opens a new recogniser when one dies, and the caller\'s open utterance goes on in it', async () => {
    ear.listener.beginUtterance(380);
    await ear.dies();
    const first = ear.speechToText.streams[0]!;
    expect(first.closed, 'the dead one is closed').to.equal(true);
    await ear.clock.run(100);
    expect(ear.speechToText.streams).to.have.length(2);
    expect(ear.speechToText.stream.acts).to.deep.equal(['begin 0']);
    ear.speechToText.stream.final('my card');
    await ear.clock.settle();
    expect(ear.posted).to.deep.equal([{ type: 'transcript-final', text: 'my card', confidence: 0.9 }]);
    ear.leg.pass(20);
    expect(ear.speechToText.stream.samples).to.equal(160);
  });

  it('does not begin an utterance in the new one when the caller had stopped', async () => {
    ear.listener.beginUtterance(380);
    ear.listener.endUtterance();
    await ear.dies();
    await ear.clock.run(100);
    expect(ear.speechToText.stream.acts).to.deep.equal([]);
  });

  it('waits longer before each attempt', async () => {
    ear.speechToText.nextOpenings.push(outage(), outage());
    await ear.dies();
    await ear.clock.run(99);
    expect(ear.speechToText.openings).to.equal(1);
    await ear.clock.run(1);
    expect(ear.speechToText.openings).to.equal(2);
    await ear.clock.run(199);
    expect(ear.speechToText.openings).to.equal(2);
    await ear.clock.run(1);
    expect(ear.speechToText.openings).to.equal(3);
  });

  it('says that it is deaf when no recogniser can be had, once, and stops trying', async () => {
    ear.speechToText.nextOpenings.push(outage(), outage(), outage('speech-to-text/quota'));
    await ear.dies();
    await ear.clock.run(10_000);
    expect(ear.posted).to.deep.equal([{ type: 'recogniser-lost', code: 'speech-to-text/quota' }]);
    expect(ear.speechToText.openings).to.equal(4);
    ear.leg.pass(100); // audio goes nowhere, and nothing breaks
    ear.listener.beginUtterance(0);
    ear.listener.endUtterance();
  });

  it('forgives failures once words were recognised again', async () => {
    for (let outages = 0; outages < 5; outages += 1) {
      await ear.dies();
      await ear.clock.run(100);
      expect(ear.speechToText.streams, 'the wait is the first one again').to.have.length(outages + 2);
      ear.speechToText.stream.partial('hello');
      await ear.clock.settle();
    }
    expect(ear.posted.filter((stimulus) => stimulus.type === 'recogniser-lost')).to.deep.equal([]);
  });

  it('takes a recogniser that ends without being asked for a dead one', async () => {
    ear.speechToText.stream.events.finish();
    await ear.clock.settle();
    await ear.clock.run(100);
    expect(ear.speechToText.streams).to.have.length(2);
  });

  it('takes one that does not answer an utterance for a dead one, and is deaf when all of them hang', async () => {
    for (let opened = 1; opened <= 4; opened += 1) {
      ear.listener.beginUtterance(0);
      ear.listener.endUtterance();
      await ear.clock.run(1999);
      expect(ear.speechToText.openings).to.equal(opened);
      await ear.clock.run(1000);
    }
    expect(ear.speechToText.streams.every(({ closed }) => closed)).to.equal(true);
    expect(ear.posted).to.deep.equal([{ type: 'recogniser-lost', code: 'speech-to-text/silent' }]);
  });

  it('waits for no answer after an utterance that was answered while it went on, when the provider ends segments itself', async () => {
    for (const endpointing of [true, false]) {
      (ear.speechToText as { capabilities: object }).capabilities = { ...ear.speechToText.capabilities, endpointing };
      ear.listener.beginUtterance(0);
      ear.speechToText.stream.final('my card');
      await ear.clock.settle();
      ear.listener.endUtterance();
      await ear.clock.run(5000);
      expect(ear.speechToText.openings).to.equal(endpointing ? 1 : 2);
    }
  });

  it('frees the recogniser when the call ends, and takes nothing of it any more', async () => {
    const { stream } = ear.speechToText;
    stream.final('too late');
    await ear.listener.close();
    await ear.listener.close();
    expect(stream.acts).to.deep.equal(['close']);
    expect(ear.posted).to.deep.equal([]);
    ear.leg.pass(100);
    expect(stream.samples).to.equal(0);
    expect(ear.speechToText.openings, 'nothing is opened again').to.equal(1);
  });

  it('can be closed while it waits to try again', async () => {
    await ear.dies();
    await ear.listener.close();
    await ear.clock.run(1000);
    expect(ear.speechToText.openings).to.equal(1);
  });
});

describe('Listener, when the recogniser does not open', () => {
  it('gives up waiting after six seconds and tries again', async () => {
    const ear = new Ear();
    ear.speechToText.nextOpenings.push('hang');
    await ear.attached();
    await ear.clock.run(6000);
    expect(ear.speechToText.openings).to.equal(1);
    await ear.clock.run(100);
    expect(ear.speechToText.openings).to.equal(2);
    expect(ear.speechToText.streams).to.have.length(1);
    await ear.listener.close();
  });

  it('is deaf after four of them, by timeout', async () => {
    const ear = new Ear();
    ear.speechToText.nextOpenings.push('hang', 'hang', 'hang', 'hang');
    await ear.attached();
    await ear.clock.run(26_000);
    expect(ear.posted).to.deep.equal([{ type: 'recogniser-lost', code: 'speech-to-text/timeout' }]);
    expect(ear.clock.pending).to.equal(0);
    await ear.listener.close();
  });

  it('can be closed meanwhile', async () => {
    const ear = new Ear();
    ear.speechToText.nextOpenings.push('hang');
    await ear.attached();
    await ear.listener.close();
    expect(ear.clock.pending).to.equal(0);
    expect(ear.posted).to.deep.equal([]);
  });

  it('can be closed before it was attached', async () => {
    await new Ear().listener.close();
  });
});
