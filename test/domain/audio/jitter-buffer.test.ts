import { expect } from 'chai';
import fc from 'fast-check';
import { JitterBuffer, type JitterFrame } from '../../../src/domain/audio/jitter-buffer.js';
import { peak, rms } from '../../../src/domain/audio/level.js';
import { syntheticVoice, whiteNoise } from '../../support/synthetic-voice.js';

const FRAME = 160;
const TICK_MS = 20;

interface Delivery {
  /** Frame number in the sender's order. */
  readonly n: number;
  readonly atMs: number;
  readonly ssrc?: number;
  readonly marker?: boolean;
  /** Added to the timestamp: a jump of the sender's clock. */
  readonly shift?: number;
  readonly sequenceShift?: number;
}

interface Outcome {
  readonly kinds: JitterFrame[];
  readonly frames: Int16Array[];
  readonly all: Int16Array;
  readonly buffer: JitterBuffer;
}

/** Frame n of a sender whose frames are told apart by their value. */
const valued = (n: number): Int16Array => new Int16Array(FRAME).fill(100 + (n % 300));
/** Which sender's frame a popped one is, by a sample that no seam touches; undefined for silence. */
const numberOf = (frame: Int16Array): number | undefined => (frame[100] === 0 ? undefined : frame[100]! - 100);

/** Lets packets arrive and pops a frame at every 20 ms (at 10, 30, 50 ...). */
function play(deliveries: readonly Delivery[], ticks: number, frameOf: (n: number) => Int16Array = valued): Outcome {
  const buffer = new JitterBuffer(8000);
  const ordered = [...deliveries].sort((a, b) => a.atMs - b.atMs);
  let next = 0;
  const kinds: JitterFrame[] = [];
  const frames: Int16Array[] = [];
  for (let tick = 0; tick < ticks; tick += 1) {
    const nowMs = tick * TICK_MS + 10;
    for (; next < ordered.length && ordered[next]!.atMs <= nowMs; next += 1) {
      const { n, atMs, ssrc = 1, marker = false, shift = 0, sequenceShift = 0 } = ordered[next]!;
      const stamp = { sequence: (65_500 + n + sequenceShift) & 0xffff, timestamp: (4_294_960_000 + n * FRAME + shift) >>> 0, ssrc, marker };
      buffer.push(stamp, frameOf(n), FRAME, atMs);
    }
    const frame = new Int16Array(FRAME).fill(-1);
    kinds.push(buffer.pop(frame));
    frames.push(frame);
  }
  const all = new Int16Array(ticks * FRAME);
  for (const [tick, frame] of frames.entries()) all.set(frame, tick * FRAME);
  return { kinds, frames, all, buffer };
}

const steady = (count: number, delayMs = 0): Delivery[] => Array.from({ length: count }, (_, n) => ({ n, atMs: n * TICK_MS + delayMs }));
const heard = (outcome: Outcome): (number | undefined)[] => outcome.frames.filter((_, tick) => outcome.kinds[tick] === 'received').map(numberOf);

describe('JitterBuffer', () => {
  it('gives every frame of a steady stream once, in order, 40 ms later at most, across the wraps of sequence and timestamp', () => {
    const outcome = play(steady(100), 102);
    expect(outcome.kinds.indexOf('received') * TICK_MS + 10, 'ms from arrival to ear').to.equal(30);
    expect(heard(outcome)).to.deep.equal(Array.from({ length: 100 }, (_, n) => n));
    expect(outcome.buffer.lost).to.equal(0);
    expect(outcome.buffer.late).to.equal(0);
  });

  it('takes up another stream without a longer way to the ear', () => {
    const outcome = play(steady(100).map((delivery) => ({ ...delivery, ssrc: delivery.n < 50 ? 1 : 2 })), 100);
    const ticksToEar = outcome.frames.flatMap((frame, tick) => (outcome.kinds[tick] === 'received' ? [tick - numberOf(frame)!] : []));
    expect(new Set(ticksToEar)).to.deep.equal(new Set([1]));
    expect(outcome.buffer.ssrcChanges).to.equal(1);
  });

  it('does not change a sample of a stream that arrives whole', () => {
    const voice = syntheticVoice(8000, 2000);
    const outcome = play(steady(100), 103, (n) => voice.subarray(n * FRAME, (n + 1) * FRAME));
    const begin = outcome.kinds.indexOf('received') * FRAME;
    expect(outcome.all.subarray(begin + 20, begin + voice.length)).to.deep.equal(voice.subarray(20)); // the first 2.5 ms fade in
  });

  it('puts overtaken packets in order', () => {
    const deliveries = steady(50).map((one) => (one.n % 5 === 2 ? { ...one, atMs: one.atMs + 21 } : one));
    const outcome = play(deliveries, 52);
    expect(heard(outcome)).to.deep.equal(Array.from({ length: 50 }, (_, n) => n));
    expect(outcome.buffer.lost).to.equal(0);
  });

  it('plays a duplicate once', () => {
    const outcome = play([...steady(20), ...steady(20, 3)], 22);
    expect(heard(outcome)).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
    expect(outcome.buffer.duplicates).to.equal(20);
  });

  it('counts no packet as lost that came without audio, as those that tell keys do', () => {
    const buffer = new JitterBuffer(8000);
    const stamp = (n: number, ssrc = 1) => ({ sequence: (65_530 + n) & 0xffff, timestamp: n * FRAME, ssrc, marker: false });
    buffer.pass(stamp(0));
    expect(buffer.lost, 'no stream yet').to.equal(0);
    for (let n = 0; n < 20; n += 1) {
      if (n < 10) buffer.push(stamp(n), valued(n), FRAME, n * TICK_MS);
      else if (n !== 15) buffer.pass(stamp(n));
      buffer.pop(new Int16Array(FRAME));
    }
    buffer.pass(stamp(19)); // twice is once
    buffer.push(stamp(20), valued(20), FRAME, 20 * TICK_MS);
    expect(buffer.lost, 'the one that did not come').to.equal(1);
    for (const [n, ssrc] of [[21, 2], [22, 2], [20_000, 1], [20_001, 1]] as const) buffer.pass(stamp(n, ssrc)); // of another stream, and out of any order
    expect([buffer.lost, buffer.ssrcChanges, buffer.ssrc]).to.deep.equal([1, 0, 1]);
  });

  it('bridges a lost packet with a fading repetition and keeps the timeline', () => {
    const outcome = play(steady(20).filter(({ n }) => n !== 10), 22);
    const at = outcome.kinds.indexOf('concealed');
    expect(numberOf(outcome.frames[at - 1]!)).to.equal(9);
    expect(numberOf(outcome.frames[at + 1]!)).to.equal(11);
    expect(outcome.frames[at]![100]).to.be.within(60, 109);
    expect(outcome.buffer.lost).to.equal(1);
  });

  it('conceals 60 ms and is silent after', () => {
    const outcome = play(steady(20).filter(({ n }) => n < 5 || n >= 15), 22, () => new Int16Array(FRAME).fill(10_000));
    const gap = outcome.kinds.slice(outcome.kinds.indexOf('concealed'));
    expect(gap.slice(0, 10)).to.deep.equal(['concealed', 'concealed', 'concealed', ...new Array<string>(7).fill('silence')]);
    const begin = outcome.kinds.indexOf('concealed');
    const levels = outcome.frames.slice(begin, begin + 5).map((frame) => frame[100]!);
    expect(levels[0]).to.be.above(levels[1]!);
    expect(levels[1]).to.be.above(levels[2]!);
    expect(levels.slice(3)).to.deep.equal([0, 0]);
  });

  it('makes no click where audio stops, is bridged or goes on', () => {
    const tone = (n: number): Int16Array => Int16Array.from({ length: FRAME }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * 170 * (n * FRAME + i)) / 8000)));
    const natural = 10_000 * 2 * Math.PI * (170 / 8000); // the steepest step of the tone itself
    for (const missing of [[10], [10, 11], [10, 11, 12, 13, 14, 15]]) {
      const { all } = play(steady(30).filter(({ n }) => !missing.includes(n)), 31, tone);
      let steepest = 0;
      for (let i = 1; i < all.length; i += 1) steepest = Math.max(steepest, Math.abs(all[i]! - all[i - 1]!));
      expect(steepest).to.be.below(natural + 10_000 / 8);
    }
  });

  it('drops what comes after its turn, and counts it', () => {
    const outcome = play(steady(20).map((one) => (one.n === 8 ? { ...one, atMs: one.atMs + 150 } : one)), 22);
    expect(heard(outcome)).to.not.include(8);
    expect(outcome.buffer.late).to.equal(1);
    expect(outcome.buffer.lost).to.equal(1);
  });

  it('survives a stall of the network: the burst after it is dropped, the stream goes on without more delay', () => {
    const outcome = play(steady(100).map((one) => (one.n >= 20 && one.n < 45 ? { ...one, atMs: 45 * TICK_MS } : one)), 102);
    const last = heard(outcome).slice(-50);
    expect(last).to.deep.equal(Array.from({ length: 50 }, (_, n) => n + 50));
    expect(outcome.kinds.lastIndexOf('received')).to.be.below(102);
  });

  it('waits longer for a jittery line, and shorter again when it has calmed down', () => {
    const jittery = (n: number): number => (n < 400 ? [0, 45, 10, 60, 0, 30][n % 6]! : 0);
    const voiceAndPauses = (n: number): Int16Array => (n % 50 < 30 ? valued(n) : new Int16Array(FRAME));
    const outcome = play(Array.from({ length: 1600 }, (_, n) => ({ n, atMs: n * TICK_MS + jittery(n) })), 1604, voiceAndPauses);
    const missed = (from: number, to: number): number => outcome.kinds.slice(from, to).filter((kind) => kind !== 'received').length;
    expect(missed(5, 60)).to.be.above(5);
    expect(missed(200, 390)).to.be.below(4);
    expect(outcome.buffer.inserted).to.be.above(0);
    expect(outcome.buffer.trimmed).to.be.above(0);
    expect(outcome.buffer.targetMs).to.equal(25);
    const delayAtEnd = outcome.kinds.lastIndexOf('received') - 1599;
    expect(delayAtEnd).to.be.at.most(2);
  });

  it('follows a sender whose clock runs fast or slow for an hour without losing its delay', () => {
    for (const ppm of [300, -300]) {
      const packets = 45_000; // fifteen minutes; 300 ppm are 270 ms in them
      const pauses = (n: number): Int16Array => (n % 100 < 70 ? valued(n) : new Int16Array(FRAME));
      const outcome = play(Array.from({ length: packets }, (_, n) => ({ n, atMs: n * TICK_MS * (1 + ppm / 1e6) })), packets, pauses);
      expect(outcome.buffer.late + outcome.buffer.early).to.be.below(30);
      expect(outcome.kinds.filter((kind) => kind !== 'received').length).to.be.below(60);
      expect(outcome.buffer.trimmed + outcome.buffer.inserted).to.be.within(10, 40);
    }
  });

  it('goes over to another SSRC after two packets, with a gap of 40 ms at most and nothing of it lost', () => {
    const first = steady(20);
    const second = Array.from({ length: 20 }, (_, i) => ({ n: 20 + i, atMs: (20 + i) * TICK_MS, ssrc: 2, shift: 123_456, sequenceShift: 777 }));
    const outcome = play([...first, ...second], 43);
    expect(outcome.buffer.ssrcChanges).to.equal(1);
    expect(heard(outcome)).to.deep.equal(Array.from({ length: 40 }, (_, n) => n));
    const begin = outcome.kinds.indexOf('received');
    expect(outcome.kinds.slice(begin, begin + 42).filter((kind) => kind !== 'received').length).to.be.at.most(2);
  });

  it('plays nothing of a single forged packet', () => {
    const outcome = play([...steady(20), { n: 500, atMs: 210, ssrc: 666 }], 22);
    expect(heard(outcome)).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
    expect(outcome.buffer.ssrcChanges).to.equal(0);
  });

  it('takes silence for silence: nothing arrives for a second, and the talk spurt after it is heard from its beginning', () => {
    const spurt = Array.from({ length: 20 }, (_, i) => ({ n: 20 + i, atMs: 1400 + i * TICK_MS, marker: i === 0, shift: 50 * FRAME }));
    const outcome = play([...steady(20), ...spurt], 95);
    expect(heard(outcome).slice(-20)).to.deep.equal(Array.from({ length: 20 }, (_, i) => 20 + i));
    expect(outcome.buffer.lost).to.equal(0);
  });

  it('hears a talk spurt whose timestamps did not count the silence', () => {
    const spurt = Array.from({ length: 20 }, (_, i) => ({ n: 20 + i, atMs: 1400 + i * TICK_MS, marker: i === 0 }));
    expect(heard(play([...steady(20), ...spurt], 95)).slice(-20)).to.deep.equal(Array.from({ length: 20 }, (_, i) => 20 + i));
  });

  it('finds the sender again when its timestamps jump without a word', () => {
    for (const shift of [-80_000, 80_000]) {
      const jumped = Array.from({ length: 40 }, (_, i) => ({ n: 20 + i, atMs: (20 + i) * TICK_MS, shift }));
      expect(heard(play([...steady(20), ...jumped], 65)).slice(-35)).to.deep.equal(Array.from({ length: 35 }, (_, i) => 25 + i));
    }
  });

  it('takes packets of 10, 30 and 60 ms', () => {
    for (const ms of [10, 30, 60]) {
      const length = ms * 8;
      const voice = syntheticVoice(8000, 1200);
      const buffer = new JitterBuffer(8000);
      const out: number[] = [];
      let n = 0;
      for (let nowMs = 0; nowMs < 1300; nowMs += TICK_MS) {
        for (; n * ms <= nowMs && (n + 1) * length <= voice.length; n += 1) {
          buffer.push({ sequence: n, timestamp: n * length, ssrc: 1, marker: false }, voice.subarray(n * length, (n + 1) * length), length, n * ms);
        }
        const frame = new Int16Array(FRAME);
        buffer.pop(frame);
        out.push(...frame);
      }
      expect(buffer.lost).to.equal(0);
      const heardLoud = out.filter((sample) => Math.abs(sample) > 500).length;
      const saidLoud = voice.filter((sample) => Math.abs(sample) > 500).length;
      expect(heardLoud / saidLoud).to.be.within(0.9, 1.1);
    }
  });

  it('gives exactly one frame per pop and never throws, whatever arrives', () => {
    const arrival = fc.record({
      sequence: fc.nat(0xffff), timestamp: fc.nat(0xffffffff), ssrc: fc.constantFrom(1, 1, 1, 2), marker: fc.boolean(),
      samples: fc.integer({ min: 1, max: 480 }), waitMs: fc.nat(60), near: fc.boolean(),
    });
    const noise = whiteNoise(480, 20_000);
    fc.assert(fc.property(fc.array(arrival, { maxLength: 200 }), (arrivals) => {
      const buffer = new JitterBuffer(8000);
      const frame = new Int16Array(FRAME);
      let nowMs = 0;
      let popsAtMs = 0;
      for (const [index, one] of arrivals.entries()) {
        nowMs += one.waitMs;
        for (; popsAtMs < nowMs; popsAtMs += TICK_MS) {
          buffer.pop(frame);
          expect(peak(frame)).to.be.at.most(32_768);
        }
        const stamp = one.near ? { ...one, sequence: index & 0xffff, timestamp: index * FRAME, ssrc: 1 } : one;
        buffer.push(stamp, noise, one.samples, nowMs);
      }
      expect(buffer.lost).to.be.at.least(0);
      for (let i = 0; i < 40; i += 1) buffer.pop(frame);
      expect(rms(frame)).to.equal(0); // all that arrived is played out by then: the buffer is bounded
    }), { numRuns: 300 });
  });
});
