/** The rounds of the matrix, some side by side: each on a gateway of its own; those on Kafka one after the other, since they share its address. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ChaosProxy } from '../support/chaos/chaos-proxy.js';
import { ChaosWorld, type KafkaBehindProxy } from '../support/chaos/chaos-world.js';
import { KafkaBroker } from '../support/servers/kafka-broker.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { PHASES, type Trouble } from './contract.js';
import { type CaseResult, judge, nameOf } from './judge.js';
import { runRound } from './round.js';

const LOG_TAIL_CHARACTERS = 4000;

export interface MatrixOptions {
  readonly troubles: readonly Trouble[];
  /** Gateways at one time. */
  readonly lanes: number;
  readonly directory: string;
  readonly onCases: (cases: readonly CaseResult[], tookMs: number) => void;
  /** With the last lines of the gateway's log, for a round that failed. */
  readonly onFailure: (log: string) => void;
}

/** All cases of all rounds, in the order of `troubles`. */
export async function runMatrix(options: MatrixOptions): Promise<readonly CaseResult[]> {
  const redis = await RedisServer.start();
  try {
    const onKafka = options.troubles.filter(({ dependency }) => dependency === 'kafka');
    const queue = options.troubles.filter(({ dependency }) => dependency !== 'kafka');
    const results = new Map<Trouble, readonly CaseResult[]>();
    const lane = async (): Promise<void> => {
      for (let trouble = queue.shift(); trouble !== undefined; trouble = queue.shift()) results.set(trouble, await round(options, trouble, { redis, kafka: null }));
    };
    const kafkaLane = async (): Promise<void> => {
      if (onKafka.length > 0) await withKafka(async (kafka) => { for (const trouble of onKafka) results.set(trouble, await round(options, trouble, { redis, kafka })); });
      await lane();
    };
    const lanes = await Promise.allSettled([kafkaLane(), ...Array.from({ length: options.lanes - 1 }, lane)]);
    for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
    return options.troubles.flatMap((trouble) => results.get(trouble) ?? []);
  } finally {
    await redis.stop();
  }
}

async function withKafka(use: (kafka: KafkaBehindProxy) => Promise<void>): Promise<void> {
  const proxy = await ChaosProxy.start({});
  const broker = await KafkaBroker.start({ advertisedPort: proxy.port });
  proxy.aim(broker.port);
  try {
    await use({ proxy, address: broker.address });
  } finally {
    await proxy.close();
    await broker.stop();
  }
}

async function round(options: MatrixOptions, trouble: Trouble, shared: { readonly redis: RedisServer; readonly kafka: KafkaBehindProxy | null }): Promise<readonly CaseResult[]> {
  const begin = performance.now();
  const name = `${trouble.dependency}-${trouble.fault}`;
  const directory = path.join(options.directory, name);
  await mkdir(directory, { recursive: true });
  const world = await ChaosWorld.start({ name, directory, redisPort: shared.redis.port, kafka: shared.kafka });
  try {
    const cases = await runRound(world, trouble).then((seen) => judge(trouble, seen), (error: unknown) => broken(trouble, error));
    options.onCases(cases, performance.now() - begin);
    if (cases.some(({ ok }) => !ok)) options.onFailure((await readFile(world.logFile, 'utf8')).slice(-LOG_TAIL_CHARACTERS));
    return cases;
  } finally {
    await world.stop();
    if (shared.kafka !== null) await shared.kafka.proxy.heal();
  }
}

function broken(trouble: Trouble, error: unknown): readonly CaseResult[] {
  const detail = `the round broke off: ${error instanceof Error ? error.message : String(error)}`;
  return PHASES.map((phase) => ({ ...trouble, phase, name: nameOf(trouble, phase), ok: false, detail }));
}
