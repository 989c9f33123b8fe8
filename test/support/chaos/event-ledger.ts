import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRecords } from '../kafka-records.js';

/** One event as a consumer reads it. */
export interface LedgerEvent {
  readonly id: string;
  /** `call.ended`, without prefix and version. */
  readonly type: string;
  readonly callId: string;
  readonly sequence: number;
  /** Events keep their order within it. */
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where the events of a gateway have arrived; read as often as one likes, in the order of arrival, repetitions too. */
export type EventSource = () => Promise<readonly LedgerEvent[]>;

const CALL_ENDS: ReadonlySet<string> = new Set(['call.ended', 'call.rejected']);

export function eventsOnDisk(directory: string): EventSource {
  return async () => {
    const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('.ndjson')).sort();
    const texts = await Promise.all(files.map((file) => readFile(path.join(directory, file), 'utf8')));
    return texts.join('').split('\n').filter((line) => line.endsWith('}')).map((line) => {
      const { id, type, subject, sequence, data } = JSON.parse(line) as { id: string; type: string; subject: string; sequence: string; data: Record<string, unknown> };
      return { id, type: shortType(type), callId: subject, sequence: Number(sequence), stream: 'log', data };
    });
  };
}

export function eventsInKafka(address: string, prefix: string): EventSource {
  return async () => (await readRecords(address, prefix)).map(({ topic, key, value, headers }) => ({
    id: headers['ce_id'] ?? '', type: shortType(headers['ce_type'] ?? ''), callId: key, sequence: Number(headers['ce_sequence']), stream: topic,
    data: JSON.parse(value) as Record<string, unknown>,
  }));
}

/** What a consumer knows of one call when it has dropped repetitions by id. */
export interface CallStory {
  readonly callId: string;
  readonly events: readonly LedgerEvent[];
  readonly repetitions: number;
  /** How the call ended; more than one is a fault. */
  readonly endReasons: readonly string[];
  /** Numbers missing, order broken, ended not once. Empty: all is well. */
  readonly faults: readonly string[];
}

/** The call that began with this correlation id; null while nothing of it has arrived. */
export function storyOf(all: readonly LedgerEvent[], correlationId: string): CallStory | null {
  const callId = all.find(({ data }) => data['correlationId'] === correlationId)?.callId;
  if (callId === undefined) return null;
  const arrived = all.filter((event) => event.callId === callId);
  const known = new Set<string>();
  const events = arrived.filter(({ id }) => !known.has(id) && known.add(id));
  const endReasons = events.filter(({ type }) => CALL_ENDS.has(type)).map(({ data }) => String(data['reason']));
  return { callId, events, repetitions: arrived.length - events.length, endReasons, faults: faultsOf(events, endReasons) };
}

function faultsOf(events: readonly LedgerEvent[], endReasons: readonly string[]): readonly string[] {
  const faults: string[] = [];
  const numbers = events.map(({ sequence }) => sequence).sort((one, other) => one - other);
  const wrong = numbers.findIndex((number, index) => number !== index + 1);
  if (wrong >= 0) faults.push(`events ${numbers.join(',')}: ${wrong + 1} is missing or there twice`);
  for (const stream of new Set(events.map((event) => event.stream))) {
    const order = events.filter((event) => event.stream === stream).map(({ sequence }) => sequence);
    if (order.some((number, index) => index > 0 && number < (order[index - 1] ?? 0))) faults.push(`order of events broken in ${stream}: ${order.join(',')}`);
  }
  if (endReasons.length !== 1) faults.push(`${endReasons.length} end reasons: ${endReasons.join(', ')}`);
  return faults;
}

function shortType(type: string): string {
  return type.replace(/^com\.voicegw\./u, '').replace(/\.v\d+$/u, '');
}
