import { EraseEvents } from '../application/recordings/erase-events.js';
import { EraseSubject, type NotReached } from '../application/recordings/erase-subject.js';
import { ofAllNodes } from '../application/recordings/running-calls.js';
import type { Forgotten, SubjectEraser } from '../application/recordings/subject-eraser.js';
import type { PublishedEvents } from '../application/ports/published-events.js';
import type { Config } from '../config/gateway-schema.js';
import type { CallId } from '../domain/shared/ids.js';
import type { Management } from './management.js';
import type { Recordings } from './recordings.js';
import type { Runtime } from './runtime.js';
import type { State } from './state.js';

const MINUTE_MS = 60_000;

export interface ErasureWorld {
  readonly state: State;
  readonly management: Management;
  readonly recordings: Recordings;
  /** Null: what was published is out of reach. */
  readonly published: PublishedEvents | null;
}

/** Forgets people by their number, wherever this gateway can. */
export function erasure(config: Config, { clock, log }: Pick<Runtime, 'clock' | 'log'>, { state, management, recordings, published }: ErasureWorld): EraseSubject {
  const repository = ofAllNodes(state.repository, state.ownOnly);
  return new EraseSubject({
    erasers: [
      { what: 'recordings', erase: async ({ tenantId, number }, signal) => eachOne(await recordings.desk.eraseSubject(tenantId, number, signal)) },
      { what: 'calls', erase: async ({ tenantId, number }, signal) => eachOne(await management.archive.eraseSubject(tenantId, number, signal)) },
    ],
    followers: published === null ? [] : [eventsOf(new EraseEvents({ published, repository, clock }))],
    repository, orders: management.orders, nodes: state.shared?.nodes ?? null, nodeName: config.node.name, never: outOfReach(config, published), clock, log,
  });
}

function eachOne(callIds: readonly CallId[]): Forgotten {
  return { count: callIds.length, callIds };
}

function eventsOf(eraseEvents: EraseEvents): SubjectEraser {
  return { what: 'events', erase: (...asked) => eraseEvents.execute(...asked) };
}

/** Events are also the consumers' from the moment they are published; the state of an ended call goes by itself. */
function outOfReach({ events, state }: Config, published: PublishedEvents | null): readonly NotReached[] {
  const told = events.kind === 'kafka' ? inKafka(events.kafka) : inFiles(state.kind, published);
  return [...told, { what: 'call-state', where: '', why: `The state of an ended call is forgotten by itself, at most ${Math.ceil(state.callTtlMs / MINUTE_MS)} minutes after its end.` }];
}

function inKafka({ topicPrefix, spoolDirectory }: Config['events']['kafka']): readonly NotReached[] {
  return [
    { what: 'kafka', where: `${topicPrefix}.*`, why: 'Published events stay for the retention of the topics, and with those who have read them.' },
    { what: 'event-spool', where: spoolDirectory, why: 'Events that wait for Kafka on the disk are still delivered, and are not there any more then. Those that it has refused for good (refused-<node>.ndjson) stay until somebody removes them.' },
  ];
}

function inFiles(state: Config['state']['kind'], published: PublishedEvents | null): readonly NotReached[] {
  if (published === null) return [{ what: 'event-log', where: 'events.directory', why: 'Published events stay where they are.' }];
  const copied: NotReached = { what: 'event-log', where: 'copies', why: 'What others have read or copied from the files of the event log stays with them.' };
  if (state === 'memory') return [copied];
  return [copied, { what: 'event-log', where: 'events.directory', why: 'Of a call whose events went to the files of two nodes, those without the number may stay at one of them: its history has the call for both, and is not kept, has expired, is another node\'s own, or was erased by an earlier try that one of them did not confirm.' }];
}
