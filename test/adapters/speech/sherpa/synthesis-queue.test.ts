import { expect } from 'chai';
import type { SynthesiserAnswer } from '../../../../src/adapters/speech/sherpa/engine-protocol.js';
import { type Speak, SynthesisQueue } from '../../../../src/adapters/speech/sherpa/synthesis-queue.js';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('texts that wait for a voice of sherpa-onnx', () => {
  let spoken: string[];
  let answers: SynthesiserAnswer[];
  let finish: () => void;
  let fail: () => void;
  let queue: SynthesisQueue;
  const speak: Speak = (sentence) => {
    spoken.push(sentence);
    return new Promise((resolve, reject) => {
      finish = () => { resolve({ samples: new Float32Array(1600).fill(2), sampleRate: 16_000 }); };
      fail = () => { reject(new Error('TTS generation produced no audio')); };
    });
  };
  const render = (id: number, text: string): void => { queue.carryOut({ type: 'render', id, text, speaker: 0, speed: 1, sampleRateHz: 8000 }); };
  const told = (): readonly string[] => answers.map(({ type, id }) => `${type} ${id}`);
  beforeEach(() => {
    spoken = [];
    answers = [];
    queue = new SynthesisQueue(speak, (answer) => { answers.push(answer); });
  });

  it('are rendered one after the other, sentence by sentence, at the rate asked for and no louder than can be', async () => {
    render(1, 'One. Two.');
    render(2, 'Three.');
    for (let sentence = 0; sentence < 3; sentence += 1) {
      expect(spoken).to.have.length(sentence + 1);
      finish();
      await turn();
    }
    expect(spoken).to.deep.equal(['One.', 'Two.', 'Three.']);
    expect(told()).to.deep.equal(['audio 1', 'audio 1', 'done 1', 'audio 2', 'done 2']);
    const [first] = answers;
    expect(first?.type === 'audio' && [first.samples.length, Math.max(...first.samples)]).to.deep.equal([800, 32_767]);
  });

  it('are left where they are when nobody wants the rest', async () => {
    render(1, 'One. Two. Three.');
    render(2, 'Four.');
    queue.carryOut({ type: 'cancel', id: 1 });
    finish();
    await turn();
    expect(spoken).to.deep.equal(['One.', 'Four.']);
    finish();
    await turn();
    expect(told()).to.deep.equal(['audio 2', 'done 2']);
  });

  it('are told when they cannot be spoken, and the next is', async () => {
    render(1, 'Blah.');
    render(2, 'Two.');
    fail();
    await turn();
    finish();
    await turn();
    expect(told()).to.deep.equal(['no-audio 1', 'audio 2', 'done 2']);
    render(3, 'Three.');
    finish();
    await turn();
    expect(told().slice(3)).to.deep.equal(['audio 3', 'done 3']);
  });
});
