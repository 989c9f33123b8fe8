import { expect } from 'chai';
import { TimelineReader, TimelineWriter, type TimelineMemory } from '../../../src/domain/audio/timeline-ring.js';

const DEPTH = 64;
const FRAME = 10; // does not divide the depth: frames wrap inside

function ring(): { memory: TimelineMemory; writer: TimelineWriter; reader: TimelineReader; say: (value: number) => void } {
  const memory = { words: new Int32Array(1), tracks: [new Int16Array(DEPTH), new Int16Array(DEPTH)] };
  const writer = new TimelineWriter(memory);
  const say = (value: number): void => {
    writer.put(0, new Int16Array(FRAME).fill(value));
    writer.put(1, new Int16Array(FRAME).fill(-value));
    writer.advance(FRAME);
  };
  return { memory, writer, reader: new TimelineReader(memory, FRAME), say };
}

function read(reader: TimelineReader, track = 0): number[] {
  const out = new Int16Array(reader.available());
  reader.copy(track, out);
  reader.advance(out.length);
  return [...out];
}

describe('TimelineRing', () => {
  it('gives back every frame in order, across many wraps, and loses none for a reader that keeps up', () => {
    const { reader, say } = ring();
    for (let value = 1; value < 100; value += 1) {
      say(value);
      expect(reader.position).to.equal((value - 1) * FRAME);
      expect(read(reader)).to.deep.equal(new Array(FRAME).fill(value));
    }
    expect(reader.dropped).to.equal(0);
  });

  it('gives tracks at the same position', () => {
    const { reader, say } = ring();
    say(3);
    const [left, right] = [new Int16Array(FRAME), new Int16Array(FRAME)];
    reader.copy(0, left);
    reader.copy(1, right);
    expect([left[0], right[0]]).to.deep.equal([3, -3]);
  });

  it('gives a late reader the newest samples, and counts and skips the overwritten ones', () => {
    const { reader, say } = ring();
    for (let value = 1; value <= 20; value += 1) say(value);
    const samples = read(reader);
    expect(samples).to.have.lengthOf(DEPTH - FRAME);
    expect(samples.at(-1)).to.equal(20);
    expect(samples[0]).to.equal(15); // 200 written, 54 readable
    expect(reader.dropped).to.equal(200 - samples.length);
    expect(reader.position).to.equal(200);
  });

  it('does not call it lost what nobody wanted', () => {
    const { reader, say } = ring();
    say(1);
    reader.skipAll();
    say(2);
    expect(read(reader)).to.deep.equal(new Array(FRAME).fill(2));
    expect(reader.dropped).to.equal(0);
  });
});
