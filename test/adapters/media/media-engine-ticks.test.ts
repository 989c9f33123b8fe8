import { expect } from 'chai';
import { peak } from '../../../src/domain/audio/level.js';
import { EngineBench, rtpPacket } from '../../support/rtp/engine-bench.js';

/** Frame n of a loud stream. */
const good = (n: number): Uint8Array => rtpPacket('ulaw', { sequence: n, timestamp: n * 160 }, new Int16Array(160).fill(8000));

describe('The ticks of MediaEngine', () => {
  let bench: EngineBench;

  beforeEach(() => { bench = new EngineBench(); });

  it('goes on with the other legs of a phase when one of them closes', () => {
    const crowd = new EngineBench(12);
    for (const slot of [0, 4, 8]) crowd.open(slot, 4000 + slot);
    crowd.close(0);
    crowd.tick();
    expect(crowd.io.packets.map(({ port }) => port).sort()).to.deep.equal([4004, 4008]);
    crowd.close(8);
    crowd.tick();
    expect(crowd.io.packets.slice(2).map(({ port }) => port)).to.deep.equal([4004]);
    expect(crowd.plane('legFaults')).to.equal(0);
  });

  it('takes it for the end of speech when a speaking peer sends nothing any more', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 20; n += 1) {
      bench.arrive(4000, good(n));
      bench.tick();
    }
    for (let n = 0; n < 30; n += 1) bench.tick();
    expect(bench.events(0).map(({ type }) => type).filter((type) => type !== 'media-started')).to.deep.equal(['speech-started', 'speech-sustained', 'speech-ended']);
  });

  it('plays nothing of what waited while the machine slept', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 20; n += 1) {
      bench.arrive(4000, good(n));
      bench.tick(n < 10 ? 0 : 1200);
    }
    expect(peak(bench.timeline(0).slice(0, 10 * 160))).to.be.above(7000);
    expect(peak(bench.timeline(0).slice(10 * 160))).to.equal(0);
  });
});
