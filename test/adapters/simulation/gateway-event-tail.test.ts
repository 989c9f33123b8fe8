import { expect } from 'chai';
import { appendFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FileEventPublisher } from '../../../src/adapters/events/file-event-publisher.js';
import { GatewayEventTail } from '../../../src/adapters/simulation/gateway-event-tail.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import type { GatewayEvent } from '../../../src/domain/simulation/gateway-view.js';
import type { EventBody } from '../../../src/domain/shared/domain-event.js';
import { callId, eventId, tenantId } from '../../../src/domain/shared/ids.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';

const LIVE = new AbortController().signal;
const clock = new SystemClock({ onFault: (error) => { throw error; } });

function line(call: string, sequence: number, type: string, data: Record<string, unknown>): string {
  return `${JSON.stringify({ type: `com.voicegw.${type}.v1`, time: clock.wallTime(), subject: call, sequence: String(sequence), data: { atMs: clock.nowMs(), ...data } })}\n`;
}
const started = (call: string, correlationId: string): string => line(call, 1, 'call.started', { correlationId });
const silent = (call: string, sequence: number): string => line(call, sequence, 'caller.silent', { attempt: sequence });

describe('GatewayEventTail', () => {
  let directory: string;
  let tail: GatewayEventTail | null = null;
  let seen: GatewayEvent[];
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-tail-'));
    seen = [];
  });
  afterEach(async () => {
    await tail?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const follow = async (correlationId: string, where = directory): Promise<void> => {
    tail = await GatewayEventTail.open({ path: where, clock, pollIntervalMs: 5 }, LIVE);
    tail.follow(correlationId, (event) => { seen.push(event); });
  };
  const until = async (count: number): Promise<void> => {
    for (let tries = 0; tries < 400 && seen.length < count; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 5); });
    expect(seen.length, 'events seen').to.equal(count);
  };
  const types = (): readonly string[] => seen.map(({ body }) => body.type);
  const log = (name = 'events-a.ndjson'): string => path.join(directory, name);

  it('follows what a gateway writes to its log, by the correlation id of the call', async () => {
    const publisher = await FileEventPublisher.open({ directory, nodeName: 'n1', rotateBytes: 1e6, queueEventsMax: 100, clock, logger: silentLogger, metrics: new RecordingMetrics() }, LIVE);
    await follow('sim-1');
    const publish = (sequence: number, body: EventBody, call = 'call-1'): void => {
      publisher.publish({ id: eventId(`e${sequence}`), callId: callId(call), tenantId: tenantId('t'), node: 'n1', sequence, occurredAt: clock.wallTime(), atMs: clock.nowMs(), body });
    };
    const offer = { type: 'call.started', direction: 'inbound', callerNumber: '1', calleeNumber: '2', agentId: 'a', trunk: '' } as const;
    publish(1, { ...offer, correlationId: 'sim-1' });
    publish(1, { ...offer, correlationId: 'sim-other' }, 'call-2');
    publish(2, { type: 'caller.silent', attempt: 1 });
    publish(2, { type: 'caller.silent', attempt: 1 }, 'call-2');
    publish(3, { type: 'turn.completed', turnIndex: 0, source: 'greeting', said: 'hi', heard: 'hi', interrupted: false, startedAtMs: 1, endedAtMs: 2, latency: null });
    publish(4, { type: 'call.ended', result: 'success', reason: 'agent_hangup', durationMs: 1, turns: 0, speech: [] });
    await until(4);
    expect(types()).to.deep.equal(['call.started', 'caller.silent', 'turn.completed', 'call.ended']);
    expect(seen[2]?.body).to.deep.equal({ type: 'turn.completed', turnIndex: 0, source: 'greeting', said: 'hi', heard: 'hi', interrupted: false, startedAtMs: 1, endedAtMs: 2, latency: null });
    expect([seen[0]?.callId, seen[0]?.clockOffsetMs]).to.deep.equal(['call-1', 0]);
    await publisher.close();
  });

  it('passes over what was written before it was opened', async () => {
    await writeFile(log(), started('call-1', 'sim-1') + silent('call-1', 2));
    await follow('sim-1');
    await appendFile(log(), started('call-2', 'sim-1') + silent('call-2', 2));
    await until(2);
    expect(seen.map((event) => event.callId)).to.deep.equal(['call-2', 'call-2']);
  });

  it('waits for a directory and for files that come later', async () => {
    const later = path.join(directory, 'later');
    await follow('sim-1', later);
    await mkdir(later);
    await writeFile(path.join(later, 'events-a.ndjson'), started('call-1', 'sim-1'));
    await until(1);
    await writeFile(path.join(later, 'events-b.ndjson'), silent('call-1', 2));
    await until(2);
  });

  it('follows one file alone when one is named', async () => {
    await follow('sim-1', log('events-b.ndjson'));
    await writeFile(log(), started('call-1', 'sim-1'));
    await writeFile(log('events-b.ndjson'), started('call-2', 'sim-1'));
    await until(1);
    expect(seen[0]?.callId).to.equal('call-2');
  });

  it('puts a line together that comes in pieces, between bytes of a letter too', async () => {
    await follow('sim-1');
    await writeFile(log(), started('call-1', 'sim-1'));
    const whole = Buffer.from(line('call-1', 2, 'call.transferred', { target: 'Jürgen', kind: 'extension' }));
    const cut = whole.indexOf('ü') + 1;
    await appendFile(log(), whole.subarray(0, cut));
    await until(1);
    await appendFile(log(), whole.subarray(cut));
    await until(2);
    expect(seen[1]?.body).to.include({ type: 'call.transferred', target: 'Jürgen' });
  });

  it('takes a line once that was taken back and written again', async () => {
    await follow('sim-1');
    await writeFile(log(), started('call-1', 'sim-1'));
    await until(1);
    const { length } = Buffer.from(started('call-1', 'sim-1'));
    await appendFile(log(), silent('call-1', 2));
    await until(2);
    await truncate(log(), length);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    await appendFile(log(), silent('call-1', 2) + silent('call-1', 3));
    await until(3);
    expect(types()).to.deep.equal(['call.started', 'caller.silent', 'caller.silent']);
  });

  it('is not disturbed by lines it does not understand', async () => {
    await follow('sim-1');
    await writeFile(log(), `${started('call-1', 'sim-1')}no json\n{"type":"other"}\n\n${line('call-1', 2, 'turn.completed', { said: 7 })}${silent('call-1', 3)}`);
    await until(2);
    expect(types()).to.deep.equal(['call.started', 'caller.silent']);
  });

  it('tells times on our clock when the gateway’s is another', async () => {
    await follow('sim-1');
    const theirs = { type: 'com.voicegw.call.started.v1', time: clock.wallTime(), subject: 'call-1', sequence: '1', data: { atMs: 500, correlationId: 'sim-1' } };
    const nowMs = clock.nowMs();
    await writeFile(log(), `${JSON.stringify(theirs)}\n`);
    await until(1);
    expect(seen[0]?.atMs).to.be.closeTo(nowMs, 15);
    expect(500 + (seen[0]?.clockOffsetMs ?? 0)).to.be.closeTo(nowMs, 15);
  });

  it('tells nothing to one who no longer follows', async () => {
    tail = await GatewayEventTail.open({ path: directory, clock, pollIntervalMs: 5 }, LIVE);
    const cancel = tail.follow('sim-1', (event) => { seen.push(event); });
    tail.follow('sim-2', (event) => { seen.push(event); });
    await writeFile(log(), started('call-1', 'sim-1'));
    await until(1);
    cancel();
    await appendFile(log(), silent('call-1', 2) + started('call-2', 'sim-2'));
    await until(2);
    expect(seen[1]?.callId).to.equal('call-2');
  });
});
