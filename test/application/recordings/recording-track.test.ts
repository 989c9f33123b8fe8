import { expect } from 'chai';
import { CallRecorder } from '../../../src/application/recordings/call-recorder.js';
import { RecordingTrack } from '../../../src/application/recordings/recording-track.js';
import type { MediaLeg, TracksListener } from '../../../src/application/ports/media-leg.js';
import type { RecordingEvent } from '../../../src/domain/recording/recording-events.js';
import { NO_RECORDING } from '../../../src/domain/recording/recording-policy.js';
import { aBeginning } from '../../contract/recording-store.contract.js';
import { MemoryRecordingRefusals } from '../../support/fakes/memory-recording-refusals.js';
import { MemoryRecordingStore } from '../../support/fakes/memory-recording-store.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const FRAME = 160;

/** A leg whose batches the test hands over. */
function handLeg(): { readonly leg: MediaLeg; readonly batch: (position: number, atMs: number, level?: number) => void } {
  let listener: TracksListener | null = null;
  const leg = { sampleRateHz: 8000, onTracks: (given: TracksListener) => { listener = given; return () => { listener = null; }; } } as unknown as MediaLeg;
  return { leg, batch: (position, atMs, level = 5) => { listener?.({ caller: new Int16Array(FRAME).fill(level), sent: new Int16Array(FRAME).fill(-level) }, position, atMs); } };
}

describe('RecordingTrack', () => {
  it('stores nothing that was heard before its moment, though it is handed over later', () => {
    const { leg, batch } = handLeg();
    const written: number[] = [];
    const track = new RecordingTrack(leg, { write: (samples: Int16Array) => { written.push(...samples); return true; } } as never, 1000, () => undefined);
    batch(0, 960);
    batch(160, 980);
    batch(320, 999.9);
    expect(written).to.deep.equal([]);
    batch(480, 1000);
    expect(written).to.have.length(2 * FRAME);
    track.stop();
    batch(640, 1020);
    expect(written).to.have.length(2 * FRAME);
  });

  it('stores silence for audio that nobody read in time, also where positions begin anew', () => {
    const { leg, batch } = handLeg();
    const written: number[] = [];
    new RecordingTrack(leg, { write: (samples: Int16Array) => { written.push(...samples); return true; } } as never, 0, () => undefined);
    batch(2 ** 32 - FRAME, 0);
    batch(10 * FRAME, 220);
    expect(written).to.have.length(2 * 12 * FRAME);
    expect(written.filter((sample) => sample !== 0)).to.have.length(2 * 2 * FRAME);
  });

  it('tells once that nothing more is taken', () => {
    const { leg, batch } = handLeg();
    let told = 0;
    new RecordingTrack(leg, { write: () => false } as never, 0, () => { told += 1; });
    for (let tick = 0; tick < 5; tick += 1) batch(tick * FRAME, tick * 20);
    expect(told).to.equal(1);
  });
});

describe('CallRecorder', () => {
  const NOTICE = 'This call is recorded.';
  const heardAs = (said: string, heard: string) => ({ type: 'turn.completed', turnIndex: 0, source: 'notice', said, heard, interrupted: false, startedAtMs: 0, endedAtMs: 1, latency: null }) as const;

  for (const [what, said, heard, recorded] of [['whole', NOTICE, NOTICE, true], ['in part', NOTICE, 'This call', false], ['not at all', NOTICE, '', false]] as const) {
    it(`${recorded ? 'records' : 'does not record'} where the notice was heard ${what}, whatever is heard later`, async () => {
      const clock = new VirtualClock();
      const told: RecordingEvent[] = [];
      const recorder = new CallRecorder({
        clock, ids: new SequentialIds(), log: silentLogger, metrics: new RecordingMetrics(), store: new MemoryRecordingStore(), refusals: new MemoryRecordingRefusals(),
      }, {
        ...aBeginning(1), number: '+15550100', policy: { ...NO_RECORDING, mode: 'on', notice: NOTICE }, interDigitMs: 1000, inherited: null,
      }, { tell: (event) => { told.push(event); }, announce: () => undefined });
      expect(await recorder.begin(handLeg().leg)).to.equal(NOTICE);
      recorder.hear(heardAs(said, heard));
      recorder.hear(heardAs(NOTICE, NOTICE));
      expect(told.map(({ type }) => type)).to.deep.equal(recorded ? ['recording.started'] : []);
      await recorder.close();
    });
  }
});
