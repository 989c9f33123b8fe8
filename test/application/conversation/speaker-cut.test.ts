import { expect } from 'chai';
import { Speaker } from '../../../src/application/conversation/speaker.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { StimulusBody } from '../../../src/domain/conversation/stimulus.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { Mouth, SAMPLES_PER_MS } from './mouth.js';

describe('Speaker, cut', () => {
  let mouth: Mouth;
  const WORDS = ['Your', 'card', 'is', 'on', 'its', 'way'].map((text, index) => ({ text, startMs: index * 200, endMs: (index + 1) * 200 }));
  beforeEach(() => { mouth = new Mouth(); });
  afterEach(() => mouth.shut());

  it('is silent within one frame, and knows to the word what was heard', async () => {
    mouth.speaker.speak(1, 'Your card is on its way', 'agent');
    mouth.voice.last.give(1200, WORDS).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(500);
    mouth.speaker.stop(1);
    expect(mouth.of('playback-stopped')).to.deep.equal([{ type: 'playback-stopped', speechId: 1, said: 'Your card is on its way', heard: 'Your card' }]);
    const playedMs = mouth.playedMs;
    await mouth.clock.run(2000);
    expect(mouth.playedMs - playedMs).to.be.at.most(20);
    expect(mouth.of('playback-finished')).to.deep.equal([]);
  });

  it('had nothing heard when it was cut before the first sample', async () => {
    mouth.speaker.speak(1, 'Your card', 'agent');
    await mouth.clock.run(50);
    mouth.speaker.stop(1);
    expect(mouth.of('playback-stopped')).to.deep.equal([{ type: 'playback-stopped', speechId: 1, said: 'Your card', heard: '' }]);
    expect(mouth.voice.last.signal.aborted, 'the synthesis is given up').to.equal(true);
  });

  it('reports no failure of a synthesis that it gave up itself', async () => {
    mouth.speaker.speak(1, 'Your card', 'agent');
    mouth.speaker.stop(1);
    mouth.voice.last.fails(new PortError('aborted', { code: 'text-to-speech/aborted', kind: 'timeout' }));
    await mouth.clock.run(5000);
    expect(mouth.of('synthesis-failed')).to.deep.equal([]);
  });

  it('plays nothing of what still comes for it, not even into the next speech', async () => {
    mouth.speaker.speak(1, 'Old.', 'agent');
    const old = mouth.voice.last;
    old.give(100, undefined, 1);
    await mouth.clock.run(40);
    mouth.speaker.stop(1);
    mouth.speaker.speak(2, 'New.', 'agent');
    old.give(500, undefined, 1).end();
    mouth.voice.last.give(100, undefined, 2).end();
    mouth.speaker.complete(2);
    await mouth.clock.run(1000);
    expect(mouth.leg.sent.filter((sample) => sample === 1).length / SAMPLES_PER_MS).to.be.at.most(60);
    expect(mouth.of('playback-finished')).to.deep.equal([{ type: 'playback-finished', speechId: 2, said: 'New.', heard: 'New.' }]);
  });

  it('does not take a late report of the speech before for the beginning of the next', async () => {
    mouth.speaker.speak(1, 'Old.', 'agent');
    mouth.voice.last.give(400);
    await mouth.clock.run(200);
    mouth.speaker.stop(1);
    mouth.speaker.speak(2, 'New.', 'agent');
    mouth.leg.raise({ type: 'playout-started', atMs: 1020, position: 0 }); // was on its way from the media thread
    expect(mouth.of('playback-started').map((stimulus) => stimulus.speechId)).to.deep.equal([1]);
  });

  it('counts what is heard of each speech from its own beginning', async () => {
    mouth.voice.msPerWord = 200;
    mouth.speaker.speak(1, 'Welcome to North Bank', 'greeting');
    mouth.speaker.complete(1);
    await mouth.clock.run(1500);
    mouth.speaker.speak(2, 'Your card is on its way', 'agent');
    await mouth.clock.run(500);
    mouth.speaker.stop(2);
    expect(mouth.of('playback-stopped')[0]).to.include({ heard: 'Your card' });
  });

  it('leaves fillers out of what was heard', async () => {
    mouth.voice.msPerWord = 200;
    mouth.speaker.speak(1, 'One moment', 'filler');
    mouth.speaker.speak(1, 'Your card is here', 'agent');
    await mouth.clock.run(900);
    mouth.speaker.stop(1);
    expect(mouth.of('playback-stopped')[0]).to.include({ said: 'Your card is here', heard: 'Your card' });
  });

  it('answers a stop of a speech that is over or never was: nobody may wait for it', () => {
    mouth.speaker.stop(7);
    expect(mouth.posted).to.deep.equal([{ type: 'playback-stopped', speechId: 7, said: '', heard: '' }]);
  });

  it('answers a stop before there is any audio', () => {
    const posted: StimulusBody[] = [];
    const mute = new Speaker({
      textToSpeech: mouth.voice, voice: 'rms', language: 'en-US', synthesisDeadlineMs: 2000, clock: mouth.clock, log: silentLogger, post: (stimulus) => { posted.push(stimulus); },
    });
    mute.speak(1, 'Hello', 'greeting');
    mute.stop(1);
    expect(posted).to.deep.equal([{ type: 'playback-stopped', speechId: 1, said: '', heard: '' }]);
  });
});
