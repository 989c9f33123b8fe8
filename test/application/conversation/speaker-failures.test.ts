import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { Mouth } from './mouth.js';

describe('Speaker, with a voice that fails', () => {
  let mouth: Mouth;
  beforeEach(() => { mouth = new Mouth(); });
  afterEach(() => mouth.shut());

  const twoPieces = async (): Promise<void> => {
    mouth.speaker.speak(1, 'One.', 'agent');
    mouth.speaker.speak(1, 'Two.', 'agent');
    mouth.speaker.complete(1);
    await mouth.clock.settle();
  };

  it('reports the failure and goes on with the next piece', async () => {
    await twoPieces();
    mouth.voice.last.fails(new PortError('no', { code: 'text-to-speech/rejected', kind: 'rejected' }));
    await mouth.clock.settle();
    expect(mouth.of('synthesis-failed')).to.deep.equal([{ type: 'synthesis-failed', speechId: 1, source: 'agent', code: 'text-to-speech/rejected' }]);
    mouth.voice.last.give(200).end();
    await mouth.clock.run(1000);
    expect(mouth.of('playback-finished')).to.deep.equal([{ type: 'playback-finished', speechId: 1, said: 'One. Two.', heard: 'Two.' }]);
  });

  it('does not wait longer than the deadline for the first audio', async () => {
    await twoPieces();
    await mouth.clock.run(1999);
    expect(mouth.of('synthesis-failed')).to.deep.equal([]);
    await mouth.clock.run(1);
    expect(mouth.of('synthesis-failed')).to.deep.equal([{ type: 'synthesis-failed', speechId: 1, source: 'agent', code: 'text-to-speech/timeout' }]);
    expect(mouth.voice.syntheses[0]!.signal.aborted).to.equal(true);
    expect(mouth.voice.texts).to.deep.equal(['One.', 'Two.']);
  });

  it('waits the deadline anew after each piece of audio', async () => {
    await twoPieces();
    for (let chunk = 0; chunk < 3; chunk += 1) {
      mouth.voice.syntheses[0]!.give(100);
      await mouth.clock.run(1900);
    }
    expect(mouth.of('synthesis-failed')).to.deep.equal([]);
    await mouth.clock.run(100);
    expect(mouth.of('synthesis-failed')).to.have.length(1);
  });

  it('takes an empty rendering for a failure', async () => {
    await twoPieces();
    mouth.voice.last.end();
    await mouth.clock.settle();
    expect(mouth.of('synthesis-failed')[0]).to.include({ code: 'text-to-speech/no-audio' });
    expect(mouth.of('audio-complete')).to.deep.equal([]);
  });

  it('finishes a speech of which nothing could be said, with nothing heard', async () => {
    mouth.voice.failure = new Error('broken');
    await twoPieces();
    await mouth.clock.settle();
    expect(mouth.of('synthesis-failed').map((failure) => failure.code)).to.deep.equal(['text-to-speech/failed', 'text-to-speech/failed']);
    expect(mouth.of('playback-finished')).to.deep.equal([{ type: 'playback-finished', speechId: 1, said: 'One. Two.', heard: '' }]);
  });

  it('survives a voice that throws instead of yielding', async () => {
    mouth.voice.synthesise = () => { throw new PortError('closed', { code: 'text-to-speech/closed', kind: 'unavailable' }); };
    await twoPieces();
    expect(mouth.of('synthesis-failed')).to.have.length(2);
    expect(mouth.of('playback-finished')).to.have.length(1);
  });

  it('plays what it had of a piece that broke off, and does not claim the rest was heard', async () => {
    mouth.speaker.speak(1, 'Your card is on its way and will be there on Monday.', 'agent');
    mouth.speaker.complete(1);
    mouth.voice.last.give(600);
    await mouth.clock.settle();
    mouth.voice.last.fails(new Error('broken'));
    await mouth.clock.run(1000);
    const finished = mouth.of('playback-finished')[0]!;
    expect(finished.heard).to.not.equal('');
    expect(finished.said.startsWith(finished.heard)).to.equal(true);
    expect(finished.heard).to.not.contain('Monday');
  });

  it('is closed although the voice never answers', async () => {
    await twoPieces();
    await mouth.speaker.close();
    expect(mouth.voice.last.signal.aborted).to.equal(true);
    expect(mouth.leg.clears).to.have.length(1);
    mouth.speaker.speak(2, 'Hello', 'agent');
    expect(mouth.voice.texts, 'nothing is begun any more').to.deep.equal(['One.']);
  });
});
