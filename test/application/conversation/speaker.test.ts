import { expect } from 'chai';
import { Mouth, SAMPLES_PER_MS } from './mouth.js';

describe('Speaker', () => {
  let mouth: Mouth;
  beforeEach(() => { mouth = new Mouth(); });
  afterEach(() => mouth.shut());

  it('asks for audio in the voice of the profile at the rate of the leg, and plays it', async () => {
    mouth.speaker.speak(1, 'Your card', 'agent');
    expect(mouth.voice.last.request).to.deep.equal({ text: 'Your card', voice: 'rms', language: 'en-US', sampleRateHz: 8000 });
    mouth.voice.last.give(400).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(1000);
    expect(mouth.playedMs).to.equal(400);
    expect(mouth.posted.map((stimulus) => stimulus.type)).to.deep.equal(['audio-ready', 'audio-complete', 'playback-started', 'playback-finished']);
  });

  it('begins to play with the first audio, before the text is rendered to its end', async () => {
    mouth.speaker.speak(1, 'Your card is on its way', 'agent');
    mouth.voice.last.give(200);
    await mouth.clock.run(100);
    expect(mouth.of('playback-started')).to.have.length(1);
    expect(mouth.of('audio-complete')).to.deep.equal([]);
  });

  it('reports when audio came, how much, and how long it took', async () => {
    mouth.speaker.speak(1, 'Your card', 'agent');
    await mouth.clock.run(80);
    mouth.voice.last.give(300).give(100).end();
    await mouth.clock.run(0);
    expect(mouth.of('audio-ready')).to.deep.equal([{ type: 'audio-ready', speechId: 1, text: 'Your card', source: 'agent', requestedAtMs: 1000 }]);
    expect(mouth.of('audio-complete')).to.deep.equal([
      { type: 'audio-complete', speechId: 1, text: 'Your card', source: 'agent', firstAudioMs: 80, audioMs: 400 },
    ]);
  });

  it('renders the pieces of a speech one after the other and plays them without a gap', async () => {
    mouth.speaker.speak(1, 'One.', 'agent');
    mouth.speaker.speak(1, 'Two.', 'agent');
    expect(mouth.voice.texts).to.deep.equal(['One.']);
    mouth.voice.last.give(200, undefined, 1).end();
    await mouth.clock.run(0);
    expect(mouth.voice.texts).to.deep.equal(['One.', 'Two.']);
    mouth.voice.last.give(200, undefined, 2).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(1000);
    expect(mouth.leg.sent.indexOf(2) - mouth.leg.sent.indexOf(1), 'the second follows the first').to.equal(200 * SAMPLES_PER_MS);
    expect(mouth.playedMs).to.equal(400);
    expect(mouth.of('playback-finished')).to.deep.equal([{ type: 'playback-finished', speechId: 1, said: 'One. Two.', heard: 'One. Two.' }]);
  });

  it('does not finish before it was told that nothing more comes', async () => {
    mouth.speaker.speak(1, 'One moment.', 'filler');
    mouth.voice.last.give(200).end();
    await mouth.clock.run(2000);
    expect(mouth.of('playback-finished')).to.deep.equal([]);
    mouth.speaker.speak(1, 'Here it is.', 'agent');
    mouth.voice.last.give(200).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(1000);
    expect(mouth.of('playback-finished'), 'exactly once; a filler is nobody\'s words').to.deep.equal([
      { type: 'playback-finished', speechId: 1, said: 'Here it is.', heard: 'Here it is.' },
    ]);
  });

  it('does not finish before the last sample was sent', async () => {
    mouth.speaker.speak(1, 'One.', 'agent');
    mouth.voice.last.give(1000).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(980);
    expect(mouth.of('playback-finished')).to.deep.equal([]);
    await mouth.clock.run(200);
    expect(mouth.of('playback-finished')).to.have.length(1);
  });

  it('finishes at once when it is told so after everything was played', async () => {
    mouth.speaker.speak(1, 'One.', 'agent');
    mouth.voice.last.give(100).end();
    await mouth.clock.run(1000);
    mouth.speaker.complete(1);
    expect(mouth.of('playback-finished')).to.have.length(1);
    mouth.speaker.complete(1);
    await mouth.clock.run(1000);
    expect(mouth.of('playback-finished')).to.have.length(1);
  });

  it('plays a speech longer than the buffer to its end: what does not fit waits', async () => {
    mouth.speaker.speak(1, 'A long story.', 'agent');
    mouth.voice.last.give(9000).end();
    mouth.speaker.complete(1);
    await mouth.clock.run(0);
    expect(mouth.leg.playoutSpace, 'the buffer is full').to.equal(0);
    await mouth.clock.run(9200);
    expect(mouth.playedMs).to.equal(9000);
    expect(mouth.leg.statistics.underruns).to.equal(0);
    expect(mouth.of('playback-finished')).to.have.length(1);
  });

  it('does not render further ahead than fifteen seconds', async () => {
    for (let piece = 0; piece < 8; piece += 1) mouth.speaker.speak(1, `Piece ${piece}.`, 'agent');
    for (let piece = 0; piece < 4; piece += 1) {
      mouth.voice.last.give(5000).end();
      await mouth.clock.run(0);
    }
    const ahead = mouth.voice.syntheses.length;
    expect(ahead, '20 s are rendered, 18 s of them wait').to.equal(4);
    await mouth.clock.run(2900);
    expect(mouth.voice.syntheses).to.have.length(4);
    await mouth.clock.run(600);
    expect(mouth.voice.syntheses).to.have.length(5);
  });
});
