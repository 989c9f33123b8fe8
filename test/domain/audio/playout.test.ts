import { expect } from 'chai';
import fc from 'fast-check';
import { Playout } from '../../../src/domain/audio/playout.js';
import { PLAYOUT_WORDS, PlayoutBuffer } from '../../../src/domain/audio/playout-buffer.js';

const FRAME = 4;
const sound = (...samples: number[]): Int16Array => Int16Array.from(samples);

describe('PlayoutBuffer', () => {
  it('behaves like a queue of bounded length, through any number of wraps', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), samples: fc.int16Array({ maxLength: 12 }) }),
      fc.record({ kind: fc.constant('take' as const) }),
      fc.record({ kind: fc.constant('clear' as const) }),
    );
    fc.assert(fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const words = new Int32Array(PLAYOUT_WORDS).fill(0x7ffffff8); // all counters near the wrap of 32 bits
      words[3] = 0;
      const buffer = new PlayoutBuffer({ words, samples: new Int16Array(16) });
      const before = buffer.played;
      let queue: number[] = [];
      let played = 0;
      for (const one of acts) {
        if (one.kind === 'clear') {
          queue = [];
          expect((buffer.clear() - before) >>> 0).to.equal(played);
        } else if (one.kind === 'write') {
          const room = 16 - queue.length;
          expect(buffer.space).to.equal(room);
          expect(buffer.write(one.samples)).to.equal(Math.min(room, one.samples.length));
          queue.push(...one.samples.subarray(0, room));
        } else {
          const frame = new Int16Array(FRAME).fill(99);
          const expected = queue.splice(0, FRAME);
          played += expected.length;
          expect(buffer.take(frame)).to.equal(expected.length);
          expect([...frame]).to.deep.equal([...expected, 0, 0, 0, 0].slice(0, FRAME));
        }
        expect(buffer.pending).to.equal(queue.length);
        expect((buffer.played - before) >>> 0).to.equal(played);
      }
    }), { numRuns: 500 });
  });

  it('tells the taker that something was cleared, once', () => {
    const buffer = PlayoutBuffer.ofCapacity(16);
    buffer.write(sound(1, 2, 3));
    buffer.clear();
    buffer.write(sound(7));
    const frame = new Int16Array(FRAME);
    expect(buffer.take(frame)).to.equal(1);
    expect(buffer.cleared).to.equal(true);
    expect(frame[0]).to.equal(7);
    buffer.take(frame);
    expect(buffer.cleared).to.equal(false);
  });

  it('makes a frame void that was being copied when the clear came', () => {
    const words = new Int32Array(PLAYOUT_WORDS);
    const samples = new Int16Array(16);
    const buffer = new PlayoutBuffer({ words, samples });
    buffer.write(sound(1, 2, 3, 4));
    const frame = new Int16Array(FRAME);
    // The other thread clears and writes while the copy runs: here, when its first sample is stored.
    const racing = new Proxy(frame, {
      set(target, key, value: number) {
        if (key === '0') {
          buffer.clear();
          buffer.write(sound(9, 9, 9, 9));
        }
        target[Number(key)] = value;
        return true;
      },
      get: (target, key) => (key === 'fill' ? target.fill.bind(target) : Reflect.get(target, key, target) as unknown),
    });
    expect(buffer.take(racing)).to.equal(0);
    expect([...frame]).to.deep.equal([0, 0, 0, 0]);
    expect(buffer.played).to.equal(0);
    expect(buffer.take(frame)).to.equal(4);
    expect([...frame]).to.deep.equal([9, 9, 9, 9]);
  });
});

describe('Playout', () => {
  let buffer: PlayoutBuffer;
  let playout: Playout;
  const frame = new Int16Array(160);

  beforeEach(() => {
    buffer = PlayoutBuffer.ofCapacity(2048);
    playout = new Playout(buffer);
  });

  const ticks = (count: number): string[] => Array.from({ length: count }, () => playout.next(frame));
  const speech = (frames: number): Int16Array => new Int16Array(frames * 160).fill(8000);

  it('tells start and end of speech once each', () => {
    buffer.write(speech(2));
    expect(ticks(4)).to.deep.equal(['started', 'none', 'drained', 'none']);
  });

  it('does not call it drained when speech was cleared', () => {
    buffer.write(speech(5));
    ticks(2);
    buffer.clear();
    expect(ticks(2)).to.deep.equal(['none', 'none']);
    expect(playout.isSpeaking).to.equal(false);
  });

  it('starts anew when cleared and given more at once', () => {
    buffer.write(speech(5));
    ticks(1);
    buffer.clear();
    buffer.write(speech(1));
    expect(ticks(2)).to.deep.equal(['started', 'drained']);
    expect(playout.underruns).to.equal(0);
  });

  it('counts an underrun when speech goes on soon after it ran dry, none after a pause', () => {
    buffer.write(speech(1));
    ticks(3);
    buffer.write(speech(1));
    ticks(20);
    buffer.write(speech(1));
    ticks(2);
    expect(playout.underruns).to.equal(1);
  });

  it('lets speech that is cut die away instead of clicking', () => {
    buffer.write(speech(2));
    ticks(1);
    buffer.clear();
    playout.next(frame);
    const steps = [...frame].map((sample, i) => Math.abs((i === 0 ? 8000 : frame[i - 1]!) - sample));
    expect(Math.max(...steps)).to.be.below(8000 / 15);
    expect(frame.at(-1)).to.equal(0);
  });

  it('fills the last frame with silence behind the speech', () => {
    buffer.write(speech(1).subarray(0, 100));
    playout.next(frame);
    expect(frame[99]).to.equal(8000);
    expect(frame.at(-1)).to.equal(0);
    expect(buffer.played).to.equal(100);
  });
});
