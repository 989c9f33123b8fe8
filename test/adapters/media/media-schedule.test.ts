import { expect } from 'chai';
import { MediaSchedule } from '../../../src/adapters/media/media-schedule.js';
import { EngineBench } from '../../support/rtp/engine-bench.js';

const START_MS = 1000;

describe('MediaSchedule', () => {
  let bench: EngineBench;
  let schedule: MediaSchedule;

  beforeEach(() => {
    bench = new EngineBench();
    schedule = new MediaSchedule(bench.engine, bench.io, new Int32Array(32), START_MS);
  });

  it('has a deadline every 5 ms from the start on, however late each was met', () => {
    bench.open(0, 4000);
    for (const [nowMs, nextMs] of [[START_MS, 5], [START_MS + 7.5, 10], [START_MS + 19.9, 20], [START_MS + 41, 45]] as const) {
      schedule.runDue(nowMs);
      expect(schedule.nextDeadlineMs).to.equal(START_MS + nextMs);
    }
  });

  it('gives each leg one frame per 20 ms, those that were missed too', () => {
    bench.open(0, 4000);
    bench.open(1, 4001);
    schedule.runDue(START_MS + 99);
    expect([bench.timeline(0).length, bench.timeline(1).length]).to.deep.equal([5 * 160, 5 * 160]);
  });

  it('makes nothing good for the time before the first leg', () => {
    schedule.runDue(START_MS + 3_600_000);
    bench.open(0, 4000);
    schedule.runDue(START_MS + 3_600_019);
    expect(bench.timeline(0)).to.have.lengthOf(160);
    expect(bench.io.packets).to.have.lengthOf(1);
  });

  it('counts what came more than 5 ms late, and the worst of it', () => {
    const words = new Int32Array(32);
    schedule = new MediaSchedule(bench.engine, bench.io, words, START_MS);
    bench.open(0, 4000);
    schedule.runDue(START_MS + 4);
    expect(words[9]).to.equal(0);
    schedule.runDue(START_MS + 12); // due at 5 and 10
    expect([words[9], words[10]]).to.deep.equal([1, 7000]);
  });
});
