import { expect } from 'chai';
import { rehearse } from '../../../src/adapters/media/rehearsal.js';
import type { FrameClassifier } from '../../../src/domain/audio/vad.js';

describe('rehearse', () => {
  it('runs every codec through the whole path, and closes what it opened', () => {
    const rates = new Set<number>();
    let [frames, open] = [0, 0];
    rehearse((sampleRateHz): FrameClassifier => {
      rates.add(sampleRateHz);
      open += 1;
      return {
        isVoiced: (frame) => { frames += 1; expect(frame).to.have.lengthOf(sampleRateHz / 50); return frames % 50 < 25; },
        reset: () => undefined,
        close: () => { open -= 1; },
      };
    });
    expect([...rates]).to.have.members([8000, 16000]);
    expect(frames).to.be.above(5000);
    expect(open).to.equal(0);
  });
});
