import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { turnRequest } from '../../../src/adapters/agent/onprem/turn-messages.js';
import { conversationBody, turnBody } from '../../../src/adapters/agent/orchestrator/wire.js';
import { cloudEventOf } from '../../../src/adapters/events/cloud-event.js';
import { FileEventPublisher } from '../../../src/adapters/events/file-event-publisher.js';
import { DiskSpool } from '../../../src/adapters/events/spool/disk-spool.js';
import { FileCallHistory } from '../../../src/adapters/history/file-call-history.js';
import { callView, storyView } from '../../../src/adapters/http/api/operations/call-view.js';
import { PinoLogger } from '../../../src/adapters/runtime/pino-logger.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { RedisCallRepository } from '../../../src/adapters/state/redis/redis-call-repository.js';
import type { CallRepository, CallStep } from '../../../src/application/ports/call-repository.js';
import { storyOf } from '../../../src/domain/call/call-story.js';
import { summaryOf } from '../../../src/domain/call/call-summary.js';
import { RedisWorld } from '../../adapters/state/redis/redis-world.js';
import { silentLogger } from '../fakes/silent-logger.js';
import { silentMetrics } from '../fakes/silent-metrics.js';
import type { CanaryRun } from './canary-run.js';

/** A place where something of a call comes to rest. */
export interface CanarySink {
  readonly name: string;
  /** Everything that is in it after the calls, as text. Null: it cannot be had on this machine. `directory`: for its files. */
  readonly content: (run: CanaryRun, directory: string) => Promise<string | null>;
}

const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');

/** Every sink there is. A new one (index of recordings) is added here, and nowhere else. */
export const CANARY_SINKS: readonly CanarySink[] = [
  { name: 'events as published', content: ({ events }) => Promise.resolve(lines(events.map((event) => cloudEventOf(event)))) },
  { name: 'event files', content: eventFiles },
  { name: 'spool on the disk', content: spoolFiles },
  { name: 'records of calls, every version', content: ({ steps }) => Promise.resolve(lines(steps.map(({ record }) => record))) },
  { name: 'stories of calls', content: ({ eventsByCall }) => Promise.resolve(lines([...eventsByCall.values()].map((events) => storyOf(events)))) },
  { name: 'answers of the API', content: ({ steps, eventsByCall }) => Promise.resolve(lines(apiAnswers({ steps, eventsByCall }))) },
  { name: 'history of calls, files and answers', content: historyContent },
  { name: 'redis: calls, transcripts, outbox', content: redisContent },
  { name: 'log at debug level', content: logContent },
  { name: 'metrics', content: ({ prometheus }) => prometheus.render() },
  { name: 'requests to agent-orchestrator', content: ({ agent }) => Promise.resolve(lines([...agent.opened.map(conversationBody), ...agent.turns.map(turnBody), ...agent.transfers])) },
  { name: 'requests to the language model', content: ({ agent }) => Promise.resolve(lines(agent.turns.map((turn) => turnRequest(turn, { callId: 'c' as never, tenantId: 't' as never })))) },
];

async function eventFiles({ events }: CanaryRun, directory: string): Promise<string> {
  const path = join(directory, 'events');
  const publisher = await FileEventPublisher.open({
    directory: path, nodeName: 'node-1', rotateBytes: 10_000_000, queueEventsMax: 100_000, clock: new SystemClock({ onFault: () => undefined }), logger: silentLogger, metrics: silentMetrics,
  }, new AbortController().signal);
  for (const event of events) publisher.publish(event);
  await publisher.close();
  return filesIn(path);
}

async function spoolFiles({ events }: CanaryRun, directory: string): Promise<string> {
  const path = join(directory, 'spool');
  await mkdir(path, { recursive: true });
  const spool = await DiskSpool.open({
    directory: path, nodeName: 'node-1', bytesMax: 100_000_000, segmentBytes: 10_000_000, clock: new SystemClock({ onFault: () => undefined }), onSyncFailed: () => undefined,
  });
  await spool.append(events.map((event) => JSON.stringify({ fence: 1, event })));
  await spool.close();
  return filesIn(path);
}

function apiAnswers({ steps, eventsByCall }: Pick<CanaryRun, 'steps' | 'eventsByCall'>): readonly unknown[] {
  return steps.flatMap(({ record, events }) => {
    const call = summaryOf(record, events);
    return [callView(call), storyView({ call, story: storyOf(eventsByCall.get(record.callId) ?? []) })];
  });
}

/** The steps as the history gets them; what lies in its directory then, and what it answers of each call. */
async function historyContent({ steps }: CanaryRun, directory: string): Promise<string> {
  const path = join(directory, 'history');
  const signal = new AbortController().signal;
  const history = await FileCallHistory.open({
    directory: path, retentionDays: 36_500, transcriptDays: 36_500, clock: new SystemClock({ onFault: () => undefined }), logger: silentLogger,
  });
  try {
    await history.append(steps.map(({ record, events }) => ({ tenantId: record.tenantId, callId: record.callId, call: summaryOf(record, events), events })), signal);
    const calls = [...new Map(steps.map(({ record }) => [record.callId, record.tenantId]))];
    const answers = await Promise.all(calls.map(([callId, tenantId]) => history.find(tenantId, callId, signal)));
    if (answers.includes(null)) throw new Error('a call is not in its history');
    return `${await filesIn(path)}\n${lines([...answers, ...answers.map((kept) => storyOf(kept?.events ?? []))])}`;
  } finally {
    await history.close();
  }
}

async function filesIn(directory: string): Promise<string> {
  const entries = (await readdir(directory, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile());
  return (await Promise.all(entries.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))).join('\n');
}

/** The same steps through the real adapter into a real Redis; read are all its keys. */
async function redisContent({ steps }: CanaryRun): Promise<string | null> {
  const world = await RedisWorld.start().catch(() => null);
  if (world === null) return null;
  try {
    const repository = new RedisCallRepository({ connection: await world.connect(), keys: world.keys, logger: silentLogger });
    await replay(steps, repository);
    const content: unknown[] = [];
    for (const key of await world.inspector.keys('*')) content.push(key, await dump(world, key));
    return lines(content);
  } finally {
    await world.stop();
  }
}

async function replay(steps: readonly CallStep[], repository: CallRepository): Promise<void> {
  const versions = new Map<string, number>();
  for (const step of steps) versions.set(step.record.callId, await repository.save(step, versions.get(step.record.callId) ?? 0, new AbortController().signal));
}

async function dump({ inspector }: RedisWorld, key: string): Promise<unknown> {
  switch (await inspector.type(key)) {
    case 'string': return inspector.get(key);
    case 'hash': return inspector.hgetall(key);
    case 'list': return inspector.lrange(key, 0, -1);
    case 'set': return inspector.smembers(key);
    case 'zset': return inspector.zrange(key, '0', '-1');
    case 'stream': return inspector.xrange(key, '-', '+');
    default: throw new Error(`a kind of key that this test does not read: ${key}`);
  }
}

/** Every line that the calls have logged, written by the real logger. */
function logContent({ log }: CanaryRun): Promise<string> {
  const written: string[] = [];
  const logger = PinoLogger.open({ level: 'debug', fields: { node: 'node-1' }, destination: { write: (line) => { written.push(line); } } });
  for (const { level, message, fields, error } of log) {
    if (level === 'warn' || level === 'error') logger[level](message, fields, error);
    else logger[level](message, fields);
  }
  return Promise.resolve(written.join(''));
}
