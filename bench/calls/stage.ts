/** What benches with a protocol-level Asterisk play on: callers, a gateway, a Redis if wanted, each a process of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GatewayCommand, GatewayMessage } from '../../test/support/load/gateway-protocol.js';
import { metricsOf } from '../../test/support/load/gateway-traces.js';
import { LoadProcess } from '../../test/support/load/load-process.js';
import { tenantFile } from '../../test/support/load/load-tenant.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER } from '../../test/support/servers/fake-ari.js';
import { RedisServer } from '../../test/support/servers/redis-server.js';
import { APP, DID, type CallersCommand, type CallersInput, type CallersMessage, type CallFigures } from './callers-protocol.js';

export type Gateway = LoadProcess<GatewayCommand, GatewayMessage>;
export type Callers = LoadProcess<CallersCommand, CallersMessage>;

const START_LIMIT_MS = 30_000;
const IDLE_LIMIT_MS = 15_000;
const POLL_MS = 250;

export interface StageOptions {
  readonly callers: CallersInput;
  /** Limit of the node. */
  readonly callsMax: number;
  readonly state: 'memory' | 'redis';
  /** Gateway on the first CPU, callers on the second. */
  readonly pinned: boolean;
  /** What the agent says; empty: the usual. */
  readonly reply?: readonly string[];
  readonly gatewayNodeArgs?: readonly string[];
  /** Further settings of the gateway. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly directory: string;
  readonly gatewayLog: string;
  readonly callers: Callers;
  readonly gateway: Gateway;
  readonly httpPort: number;
  /** Null: the management API is off, as it is by default. */
  readonly apiPort: number | null;
  /** Null with state in memory. */
  readonly redis: RedisServer | null;
  /** Before the rest of the stage. Idempotent. */
  endGateway(): Promise<void>;
}

/** What the gateway and its Asterisk have of calls now. */
export interface CallLeftovers {
  readonly channels: number;
  readonly bridges: number;
  readonly callsActive: number;
  readonly mediaLegs: number;
}

/** Sets the stage, lets `act` play, and ends whatever was started. */
export async function onStage<Result>(options: StageOptions, act: (stage: Stage) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'vg-bench-'));
  const ends: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const redis = options.state === 'redis' ? await RedisServer.start() : null;
    if (redis !== null) ends.push(() => redis.stop());
    const callers = await startCallers(options, directory);
    ends.push(() => callers.end({ type: 'end' }));
    const { ariUrl } = await callers.next('ready', START_LIMIT_MS);
    const gatewayLog = path.join(directory, 'gateway.log');
    const gateway = await startGateway(options, { directory, gatewayLog, ariUrl, redis });
    let ending: Promise<void> | undefined;
    const endGateway = (): Promise<void> => { ending ??= gateway.end({ type: 'end' }); return ending; };
    ends.push(endGateway);
    // Either may come first, and what nobody waits for is gone.
    const [{ httpPort, apiPort }] = await Promise.all([gateway.next('ready', START_LIMIT_MS), callers.next('gateway-came', START_LIMIT_MS)]);
    return await act({ directory, gatewayLog, callers, gateway, httpPort, apiPort, redis, endGateway });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function startCallers({ callers, pinned }: StageOptions, directory: string): Promise<Callers> {
  return LoadProcess.start({
    name: 'callers', program: new URL('./callers-program.js', import.meta.url), cpu: pinned ? 1 : null, logFile: path.join(directory, 'callers.log'), args: [JSON.stringify(callers)],
  });
}

interface GatewayPlace {
  readonly directory: string;
  readonly gatewayLog: string;
  readonly ariUrl: string;
  readonly redis: RedisServer | null;
}

async function startGateway({ callers, callsMax, pinned, reply, gatewayNodeArgs, gatewayEnv }: StageOptions, { directory, gatewayLog, ariUrl, redis }: GatewayPlace): Promise<Gateway> {
  await writeFile(path.join(directory, 'load.yaml'), tenantFile(DID, callers.callers * 2));
  return LoadProcess.start({
    name: 'gateway', program: new URL('../../test/support/load/gateway-program.js', import.meta.url), cpu: pinned ? 0 : null,
    logFile: gatewayLog, args: reply ?? [], nodeArgs: ['--expose-gc', ...(gatewayNodeArgs ?? [])],
    env: {
      VG_NODE_NAME: 'bench', VG_HTTP_PORT: '0', VG_ASTERISK_ARI_URL: ariUrl, VG_ASTERISK_USERNAME: FAKE_ARI_USER, VG_ASTERISK_PASSWORD: FAKE_ARI_PASSWORD,
      VG_ASTERISK_APP: APP, VG_HISTORY_DIRECTORY: path.join(directory, 'history'), VG_MEDIA_PORT: '0', VG_MEDIA_LEGS_MAX: String(callers.callers * 2), VG_LIMITS_CALLS_MAX: String(callsMax),
      VG_TENANTS_DIRECTORY: directory, VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_LOG_LEVEL: 'info',
      ...(redis === null ? {} : { VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: redis.url, VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge') }),
      ...gatewayEnv,
    },
  });
}

export async function callFigures({ callers }: Stage): Promise<CallFigures> {
  return (await callers.ask({ type: 'figures' }, 'figures')).figures;
}

/** Waits until nothing is left of any call, bounded, and tells what is there then. */
export async function untilIdle(stage: Stage): Promise<CallLeftovers> {
  const end = performance.now() + IDLE_LIMIT_MS;
  for (;;) {
    const { channels, bridges } = await callFigures(stage);
    const metrics = await metricsOf(stage.httpPort);
    const left = { channels, bridges, callsActive: metrics['calls_active'] ?? 0, mediaLegs: metrics['media_legs'] ?? 0 };
    if (channels + bridges + left.callsActive + left.mediaLegs === 0 || performance.now() > end) return left;
    await passed(POLL_MS);
  }
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, Math.max(0, ms)); });
}
