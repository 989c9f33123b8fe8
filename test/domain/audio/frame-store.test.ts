import { expect } from 'chai';
import { FrameStore } from '../../../src/domain/audio/frame-store.js';

const read = (store: FrameStore, position: number): { arrived: number; samples: number[] } => {
  const out = new Int16Array(4).fill(99);
  return { arrived: store.read(position, out), samples: [...out] };
};

describe('FrameStore', () => {
  let store: FrameStore;

  beforeEach(() => { store = new FrameStore(4, 3); });

  it('spreads a packet over the frames it covers', () => {
    store.put(2, Int16Array.of(1, 2, 3, 4, 5, 6), 0, 6);
    expect(read(store, 0)).to.deep.equal({ arrived: 2, samples: [0, 0, 1, 2] });
    expect(read(store, 4)).to.deep.equal({ arrived: 4, samples: [3, 4, 5, 6] });
  });

  it('puts only the part asked for', () => {
    store.put(0, Int16Array.of(1, 2, 3, 4), 2, 4);
    expect(read(store, 0)).to.deep.equal({ arrived: 2, samples: [0, 0, 3, 4] });
  });

  it('leaves the frame alone where nothing arrived', () => {
    expect(read(store, 0)).to.deep.equal({ arrived: 0, samples: [99, 99, 99, 99] });
  });

  it('never shows what an earlier frame left in the same place', () => {
    store.put(0, Int16Array.of(7, 7, 7, 7), 0, 4);
    store.put(12, Int16Array.of(1), 0, 1);
    expect(read(store, 0).arrived).to.equal(0);
    expect(read(store, 12)).to.deep.equal({ arrived: 1, samples: [1, 0, 0, 0] });
  });
});
