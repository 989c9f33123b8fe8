import { EraseSubject, type NotReached } from '../application/recordings/erase-subject.js';
import type { Config } from '../config/gateway-schema.js';
import type { Management } from './management.js';
import type { Recordings } from './recordings.js';
import type { Runtime } from './runtime.js';
import type { State } from './state.js';

const MINUTE_MS = 60_000;

/** Forgets people by their number, wherever this gateway can. */
export function erasure(config: Config, { clock, log }: Pick<Runtime, 'clock' | 'log'>, { state, management, recordings }: { readonly state: State; readonly management: Management; readonly recordings: Recordings }): EraseSubject {
  return new EraseSubject({
    erasers: [
      { what: 'recordings', erase: (...asked) => recordings.desk.eraseSubject(...asked) },
      { what: 'calls', erase: (...asked) => management.archive.eraseSubject(...asked) },
    ],
    repository: state.repository, orders: management.orders, nodes: state.shared?.nodes ?? null, nodeName: config.node.name, never: outOfReach(config), clock, log,
  });
}

/** Events are the consumers' from the moment they are published; the state of an ended call goes by itself. */
function outOfReach({ events, state }: Config): readonly NotReached[] {
  const published: NotReached = events.kind === 'kafka'
    ? { what: 'kafka', where: `${events.kafka.topicPrefix}.*`, why: 'Published events stay for the retention of the topics, and with those who have read them.' }
    : { what: 'event-log', where: 'events.directory', why: 'Published events stay in the files until somebody removes those: the gateway writes them and reads them never.' };
  return [published, { what: 'call-state', where: '', why: `The state of an ended call is forgotten by itself, at most ${Math.ceil(state.callTtlMs / MINUTE_MS)} minutes after its end.` }];
}
