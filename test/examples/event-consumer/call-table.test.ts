import { expect } from 'chai';
import { CallTable } from '../../../examples/event-consumer/call-table.js';
import { readRecord } from '../../../examples/event-consumer/event-record.js';
import { printedTable } from '../../../examples/event-consumer/print-table.js';
import { kafkaMessageOf } from '../../../src/adapters/events/kafka/kafka-message.js';
import type { DomainEvent, EventBody } from '../../../src/domain/shared/domain-event.js';
import { callId } from '../../../src/domain/shared/ids.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

describe('The sample consumer', () => {
  let table: CallTable;

  beforeEach(() => { table = new CallTable(); });

  /** As it comes from Kafka. */
  const take = (event: DomainEvent): void => {
    const { topic, value, headers } = kafkaMessageOf(event, 'voicegw');
    table.add(readRecord({ topic, value: Buffer.from(value), headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) }));
  };
  const call = (bodies: readonly EventBody[], id = 'CALL1'): readonly DomainEvent[] =>
    bodies.map((body, index) => aDomainEvent(body, { callId: callId(id), sequence: index + 1 }));
  const story = (): readonly DomainEvent[] => call([EVERY_EVENT['call.started'], EVERY_EVENT['call.answered'], EVERY_EVENT['stt.transcribed'],
    { ...EVERY_EVENT['turn.completed'], latency: { ...EVERY_EVENT['turn.completed'].latency!, totalMs: 700 } }, EVERY_EVENT['error.llm_timeout'], EVERY_EVENT['call.ended']]);

  it('builds a row per call with its turns and latencies', () => {
    story().forEach(take);
    const [row] = table.rows();
    expect(row).to.deep.include({ callId: 'CALL1', tenantId: 'north-bank', durationMs: 61_000, reason: 'caller_hangup', errors: 1, events: 6 });
    expect(row?.turns).to.deep.equal([{ turnIndex: 1, caller: 'where is my card', agent: 'It is on its way.', heard: 'It is on', interrupted: true, latencyMs: 700 }]);
    expect(table.counts).to.deep.equal({ records: 6, events: 6, duplicates: 0, outOfOrder: 0, missing: 0, foreign: 0 });
    expect(printedTable(table.rows(), table.counts)).to.match(/CALL1 +north-bank .* 61\.0 +1 +1 +700 +700 +1 +caller_hangup\n/u);
  });

  it('drops repetitions by id, wherever they come', () => {
    const events = story();
    events.forEach(take);
    const once = table.rows();
    [...events].reverse().forEach(take);
    expect(table.rows()).to.deep.equal(once);
    expect(table.counts).to.include({ records: 12, events: 6, duplicates: 6, outOfOrder: 0 });
  });

  it('notices an event that is missing, and one that came too late within its topic', () => {
    const [started, answered, , , , ended] = story();
    take(answered!);
    take(started!);
    take(ended!);
    expect(table.counts).to.include({ outOfOrder: 1, missing: 3 });
  });

  it('does not take the order between topics for a fault', () => {
    const events = story();
    [...events.slice(2), ...events.slice(0, 2)].filter(({ body }) => !body.type.startsWith('call.')).forEach(take);
    events.filter(({ body }) => body.type.startsWith('call.')).forEach(take);
    expect(table.counts).to.include({ outOfOrder: 0, missing: 0 });
  });

  it('counts records that are none of ours and goes on', () => {
    table.add(readRecord({ topic: 'voicegw.call', value: null, headers: {} }));
    table.add(readRecord({ topic: 'voicegw.call', value: Buffer.from('no json'), headers: { ce_id: 'x', ce_type: 'com.voicegw.call.ended.v1', ce_subject: 'c', ce_sequence: '1' } }));
    expect(table.counts).to.include({ foreign: 2, events: 0 });
  });

  it('knows every event there is', () => {
    call(Object.values(EVERY_EVENT)).forEach(take);
    expect(table.counts).to.include({ foreign: 0, events: Object.keys(EVERY_EVENT).length, missing: 0 });
  });
});
