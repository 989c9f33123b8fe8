import { expect } from 'chai';
import { CallRegistry, type LiveCall } from '../../../src/application/calls/call-registry.js';
import { callId, tenantId } from '../../../src/domain/shared/ids.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';

class ACall implements LiveCall {
  readonly callId;
  readonly tenantId;
  readonly fence = 2;
  taken = false;
  readonly finished: Promise<void>;
  acts: string[] = [];
  finish: () => void = () => undefined;

  constructor(id: string, tenant = 'north-bank') {
    this.callId = callId(id);
    this.tenantId = tenantId(tenant);
    this.finished = new Promise((resolve) => { this.finish = resolve; });
  }

  windUp(): void {
    this.acts.push('wind-up');
  }

  obey(): Promise<'accepted'> {
    this.acts.push('obey');
    return Promise.resolve('accepted');
  }

  letGo(): void {
    this.acts.push('let go');
  }

  abort(): Promise<void> {
    this.acts.push('abort');
    this.finish();
    return this.finished;
  }
}

const NORTH = tenantId('north-bank');
const SOUTH = tenantId('south-bank');
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('CallRegistry', () => {
  let metrics: RecordingMetrics;
  let registry: CallRegistry;
  beforeEach(() => { metrics = new RecordingMetrics(); registry = new CallRegistry(3, metrics); });

  it('lets go of a call that another node has claimed since, and of no other', () => {
    const call = new ACall('1');
    registry.add(call);
    registry.compare({ callId: call.callId, fence: 1 }); // read before we claimed it
    registry.compare({ callId: call.callId, fence: 2 });
    registry.compare({ callId: callId('2'), fence: 9 });
    expect(call.acts).to.deep.equal([]);
    registry.compare({ callId: call.callId, fence: 3 });
    expect(call.acts).to.deep.equal(['let go']);
  });

  it('refuses a tenant\'s call past the tenant\'s limit, and takes another tenant\'s', () => {
    registry.add(new ACall('1'));
    registry.add(new ACall('2'));
    expect(registry.refusal(NORTH, 3)).to.equal(null);
    expect(registry.refusal(NORTH, 2)).to.equal('tenant_limit');
    expect(registry.refusal(SOUTH, 1)).to.equal(null);
    expect(registry.refusal(SOUTH, 0)).to.equal('tenant_limit');
  });

  it('refuses every call past the node\'s limit', () => {
    for (const id of ['1', '2', '3']) registry.add(new ACall(id));
    expect(registry.refusal(SOUTH, 100)).to.equal('node_limit');
  });

  it('has room again when a call is over', async () => {
    const calls = ['1', '2', '3'].map((id) => new ACall(id));
    for (const call of calls) registry.add(call);
    expect(metrics.value('calls_active')).to.equal(3);
    calls[1]!.finish();
    await turn();
    expect(registry.list()).to.deep.equal([calls[0], calls[2]]);
    expect(metrics.value('calls_active')).to.equal(2);
    expect(registry.refusal(SOUTH, 100)).to.equal(null);
  });

  it('drains: takes no new call, and is done when the last one is over', async () => {
    const calls = [new ACall('1'), new ACall('2')];
    for (const call of calls) registry.add(call);
    expect(registry.accepting).to.equal(true);
    let drained = false;
    void registry.drain().then(() => { drained = true; });
    expect(registry.accepting).to.equal(false);
    expect(registry.refusal(NORTH, 100)).to.equal('draining');
    calls[0]!.finish();
    await turn();
    expect(drained).to.equal(false);
    calls[1]!.finish();
    await turn();
    expect(drained).to.equal(true);
    expect(calls.map((call) => call.acts), 'calls go on by themselves').to.deep.equal([[], []]);
  });

  it('drains at once when it is empty', async () => {
    await registry.drain();
    expect(registry.accepting).to.equal(false);
  });

  it('asks every call to wind up, or ends them all', async () => {
    const calls = [new ACall('1'), new ACall('2', 'south-bank')];
    for (const call of calls) registry.add(call);
    registry.windUpAll();
    await registry.abortAll();
    await turn();
    expect(calls.map((call) => call.acts)).to.deep.equal([['wind-up', 'abort'], ['wind-up', 'abort']]);
    expect(registry.size).to.equal(0);
    expect(registry.refusal(NORTH, 100)).to.equal('draining');
  });
});
