import { expect } from 'chai';
import { NO_RECORDING, type RecordingPolicy } from '../../../src/domain/recording/recording-policy.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { MemoryRecordingRefusals } from '../../support/fakes/memory-recording-refusals.js';
import { MemoryRecordingStore } from '../../support/fakes/memory-recording-store.js';
import type { SwitchboardOptions } from './switchboard.js';
import { TwoNodes } from './two-nodes.js';

const NOTICE = 'This call is recorded. Press 9 if you do not want that.';
const POLICY: RecordingPolicy = { ...NO_RECORDING, mode: 'on', notice: NOTICE, refused: 'This call is not recorded.' };
/** A word takes 100 ms. */
const NOTICE_MS = 1100;

describe('a recorded call whose node has died', () => {
  const recordings = new MemoryRecordingStore();
  const node = (refusals: MemoryRecordingRefusals): SwitchboardOptions => ({ recordings, refusals, profile: { recording: POLICY } });
  let two: TwoNodes;
  beforeEach(() => {
    recordings.kept.clear();
    const shared = new MemoryRecordingRefusals();
    two = new TwoNodes(undefined, node(shared), node(shared));
  });
  afterEach(async () => { await two.close(); });

  const adopted = async (before: (leg: FakeCallLeg) => Promise<void>): Promise<FakeCallLeg> => {
    const leg = two.first.rings();
    await before(leg);
    two.dies(leg);
    const mine = await two.adoptedLeg();
    await two.clock.run(2000);
    return mine;
  };

  it('is recorded on in a part of its own, without a second notice, where the notice was heard', async () => {
    const leg = await adopted(async () => { await two.first.clock.run(NOTICE_MS + 2000); });
    expect(two.publisher.ofType('recording.started')).to.have.length(2);
    expect(two.second.textToSpeech.texts).to.not.include(NOTICE);
    leg.farEnd.presses('9');
    await two.clock.run(100);
    expect(two.publisher.ofType('recording.erased')).to.have.length(1);
    leg.farEnd.hangsUp();
    await two.clock.settle();
    expect([...recordings.kept.values()].filter(({ recording }) => recording.callId === two.publisher.events[0]!.callId)).to.deep.equal([]);
  });

  it('is not recorded where it was not, or was refused', async () => {
    const unheard = await adopted(async () => { await two.first.clock.run(300); });
    expect(two.publisher.ofType('recording.started')).to.have.length(0);
    unheard.farEnd.hangsUp();
    await two.clock.settle();
    await two.close();
    two = new TwoNodes(undefined, node(new MemoryRecordingRefusals()), node(new MemoryRecordingRefusals())); // the second knows of it by the record alone
    const refused = await adopted(async (leg) => {
      await two.first.clock.run(NOTICE_MS + 1000);
      leg.farEnd.presses('9');
      await two.first.clock.run(1000);
    });
    expect(two.publisher.ofType('recording.started')).to.have.length(1);
    refused.farEnd.hangsUp();
    await two.clock.settle();
  });
});
