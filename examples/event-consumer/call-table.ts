import type { EventRecord } from './event-record.js';

/** Calls remembered; the ones longest without an event are forgotten. */
const CALLS_MAX = 10_000;

export interface TurnRow {
  readonly turnIndex: number;
  caller: string;
  agent: string;
  heard: string;
  interrupted: boolean;
  /** End of caller speech → first agent audio. */
  latencyMs: number | null;
}

export interface CallRow {
  readonly callId: string;
  tenantId: string;
  startedAt: string;
  durationMs: number | null;
  /** Why it ended; null: it goes on. */
  reason: string | null;
  errors: number;
  /** Different events of this call. */
  events: number;
  turns: TurnRow[];
}

export interface Counts {
  /** Records read. */
  records: number;
  /** Different events. */
  events: number;
  /** Records whose event had been seen: delivery is at least once. */
  duplicates: number;
  /** Events that came after a later one of the same call and topic. */
  outOfOrder: number;
  /** Numbers of events that are missing in a call that has ended. */
  missing: number;
  /** Records that are no events of the gateway. */
  foreign: number;
}

interface Memory {
  readonly row: CallRow;
  /** Ids seen: what de-duplication is. */
  readonly ids: Set<string>;
  readonly lastOfTopic: Map<string, number>;
  highest: number;
}

/** Calls as they can be told from the topics. Repetitions are dropped by the id of the event, remembered as long as the call. */
export class CallTable {
  private readonly calls = new Map<string, Memory>();
  private readonly tally = { records: 0, events: 0, duplicates: 0, outOfOrder: 0, foreign: 0 };

  /** Null: a record that is none of ours. */
  add(record: EventRecord | null): void {
    this.tally.records += 1;
    if (record === null) { this.tally.foreign += 1; return; }
    const call = this.callOf(record);
    if (call.ids.has(record.id)) { this.tally.duplicates += 1; return; }
    call.ids.add(record.id);
    this.tally.events += 1;
    call.row.events += 1;
    if (record.sequence < (call.lastOfTopic.get(record.topic) ?? 0)) this.tally.outOfOrder += 1;
    call.lastOfTopic.set(record.topic, record.sequence);
    call.highest = Math.max(call.highest, record.sequence);
    apply(call.row, record);
  }

  get counts(): Counts {
    let missing = 0;
    for (const { row, highest } of this.calls.values()) if (row.reason !== null) missing += highest - row.events;
    return { ...this.tally, missing };
  }

  /** In the order they began to be known; turns in order. */
  rows(): readonly CallRow[] {
    return [...this.calls.values()].map(({ row }) => ({ ...row, turns: [...row.turns].sort((one, other) => one.turnIndex - other.turnIndex) }));
  }

  private callOf({ callId, tenantId, time }: EventRecord): Memory {
    const known = this.calls.get(callId);
    if (known !== undefined) return known;
    const [oldest] = this.calls.keys();
    if (this.calls.size >= CALLS_MAX && oldest !== undefined) this.calls.delete(oldest);
    const made: Memory = {
      row: { callId, tenantId, startedAt: time, durationMs: null, reason: null, errors: 0, events: 0, turns: [] }, ids: new Set(), lastOfTopic: new Map(), highest: 0,
    };
    this.calls.set(callId, made);
    return made;
  }
}

/** Events of different topics come in any order: each only fills in what it knows. */
function apply(row: CallRow, { type, time, data }: EventRecord): void {
  if (time < row.startedAt) row.startedAt = time;
  if (type === 'call.ended') {
    row.reason = textIn(data, 'reason');
    row.durationMs = numberIn(data, 'durationMs');
  } else if (type === 'call.rejected') row.reason = textIn(data, 'reason');
  else if (type === 'stt.transcribed') turnOf(row, data).caller = textIn(data, 'text');
  else if (type === 'turn.completed') completeTurn(turnOf(row, data), data);
  else if (type.startsWith('error.')) row.errors += 1;
}

function completeTurn(turn: TurnRow, data: EventRecord['data']): void {
  turn.agent = textIn(data, 'said');
  turn.heard = textIn(data, 'heard');
  turn.interrupted = data['interrupted'] === true;
  const { latency } = data;
  if (typeof latency === 'object' && latency !== null) turn.latencyMs = numberIn(latency as Record<string, unknown>, 'totalMs');
}

function turnOf(row: CallRow, data: EventRecord['data']): TurnRow {
  const turnIndex = numberIn(data, 'turnIndex') ?? 0;
  const known = row.turns.find((turn) => turn.turnIndex === turnIndex);
  if (known !== undefined) return known;
  const made: TurnRow = { turnIndex, caller: '', agent: '', heard: '', interrupted: false, latencyMs: null };
  row.turns.push(made);
  return made;
}

function textIn(data: Readonly<Record<string, unknown>>, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : '';
}

function numberIn(data: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = data[name];
  return typeof value === 'number' ? value : null;
}
