/**
 * A gateway process and all it depends on, each dependency behind a chaos proxy of its own: a fake Asterisk with callers, an
 * orchestrator, Redis, and Kafka where events are to go there.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LoadProcess } from '../load/load-process.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri } from '../servers/fake-ari.js';
import { type Answer, eventText, OrchestratorServer } from '../servers/orchestrator-server.js';
import { ChaosCaller } from './chaos-caller.js';
import type { ChaosGatewayCommand, ChaosGatewayMessage } from './chaos-gateway-protocol.js';
import { ariConnectionKind, ChaosProxy } from './chaos-proxy.js';
import { type EventSource, eventsInKafka, eventsOnDisk } from './event-ledger.js';
import type { Fault } from './faults.js';
import { MetricsPage } from './metrics-page.js';

export const DEPENDENCIES = ['ari-events', 'ari-rest', 'redis', 'kafka', 'orchestrator'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

export interface KafkaBehindProxy {
  readonly proxy: ChaosProxy;
  /** host:port of the broker itself. */
  readonly address: string;
}

export interface ChaosWorldOptions {
  /** Unique; names everything that is shared with other worlds. */
  readonly name: string;
  readonly directory: string;
  readonly redisPort: number;
  /** Null: events go to files. */
  readonly kafka: KafkaBehindProxy | null;
}

const APP = 'voice-gateway';
const DID = '5551000';
const START_LIMIT_MS = 60_000;
const FIRST_PART = 'Your card is on its way, the courier has it already. ';
const SECOND_PART_AFTER_MS = 1500;

/** A stream that is under way for a while, so that a fault can come in its middle. */
const TWO_PARTS: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(eventText(['delta', { text: FIRST_PART }]));
  const timer = setTimeout(() => { response.end(eventText(['delta', { text: 'Anything else?' }]) + eventText(['done', {}])); }, SECOND_PART_AFTER_MS);
  response.on('close', () => { clearTimeout(timer); });
};

type Gateway = LoadProcess<ChaosGatewayCommand, ChaosGatewayMessage>;

interface Parts {
  readonly ari: FakeAri;
  readonly orchestrator: OrchestratorServer;
  readonly proxies: { readonly ari: ChaosProxy; readonly redis: ChaosProxy; readonly orchestrator: ChaosProxy };
}

export class ChaosWorld {
  private gatewayProcess: Gateway | null = null;
  private httpPortOfGateway = 0;
  private callsMade = 0;

  private constructor(private readonly options: ChaosWorldOptions, private readonly parts: Parts, private readonly callers: Map<string, ChaosCaller>) {
    parts.ari.hooks = { after: (request, query) => { this.noteRequest(request, query); } };
  }

  static async start(options: ChaosWorldOptions): Promise<ChaosWorld> {
    const callers = new Map<string, ChaosCaller>();
    const ari = await FakeAri.start({
      openRtpPeer: async (request) => {
        const caller = callers.get(/^vg\.[^.]+\.(\d+\.\d+)/u.exec(request.channelId)?.[1] ?? '');
        if (caller === undefined) throw new Error(`media for nobody: ${request.channelId}`);
        return caller.openPhone(request);
      },
    });
    const orchestrator = await OrchestratorServer.start();
    orchestrator.answer('turn', TWO_PARTS);
    const proxies = {
      ari: await ChaosProxy.start({ targetPort: portOf(ari.url), kindOf: ariConnectionKind }),
      redis: await ChaosProxy.start({ targetPort: options.redisPort }),
      orchestrator: await ChaosProxy.start({ targetPort: portOf(orchestrator.baseUrl) }),
    };
    const world = new ChaosWorld(options, { ari, orchestrator, proxies }, callers);
    try {
      await world.startGateway();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  get httpPort(): number {
    return this.httpPortOfGateway;
  }

  get gateway(): Gateway {
    if (this.gatewayProcess === null) throw new Error('there is no gateway yet');
    return this.gatewayProcess;
  }

  get logFile(): string {
    return path.join(this.options.directory, 'gateway.log');
  }

  /** A call rings from now on. */
  call(): ChaosCaller {
    this.callsMade += 1;
    const id = `9000.${this.callsMade}`;
    const caller = new ChaosCaller(this.parts.ari, id, { app: APP, did: DID });
    this.callers.set(id, caller);
    return caller;
  }

  hurt(dependency: Dependency, fault: Fault): void {
    this.proxyOf(dependency).hurt(fault, kindOf(dependency));
  }

  async heal(dependency: Dependency): Promise<void> {
    await this.proxyOf(dependency).heal();
  }

  hitsOn(dependency: Dependency): number {
    return this.proxyOf(dependency).hits;
  }

  metrics(): Promise<MetricsPage> {
    return MetricsPage.read(this.httpPort);
  }

  async readiness(): Promise<number> {
    return (await fetch(`http://127.0.0.1:${this.httpPort}/readyz`)).status;
  }

  get events(): EventSource {
    const { kafka, name, directory } = this.options;
    return kafka === null ? eventsOnDisk(path.join(directory, 'events')) : eventsInKafka(kafka.address, name);
  }

  /** What Asterisk still has. */
  get leftovers(): { readonly channels: readonly string[]; readonly bridges: readonly string[] } {
    return this.parts.ari.leftovers;
  }

  async stop(): Promise<void> {
    const { ari, orchestrator, proxies } = this.parts;
    await this.gatewayProcess?.end({ type: 'end' });
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
    await ari.close();
    await orchestrator.stop();
    await rm(this.options.directory, { recursive: true, force: true });
  }

  private proxyOf(dependency: Dependency): ChaosProxy {
    const { proxies } = this.parts;
    switch (dependency) {
      case 'ari-events': case 'ari-rest': return proxies.ari;
      case 'redis': return proxies.redis;
      case 'orchestrator': return proxies.orchestrator;
      case 'kafka': {
        if (this.options.kafka === null) throw new Error('this world has no Kafka');
        return this.options.kafka.proxy;
      }
    }
  }

  private async startGateway(): Promise<void> {
    const { directory } = this.options;
    await mkdir(path.join(directory, 'tenants'), { recursive: true });
    await writeFile(path.join(directory, 'tenants', 'chaos.yaml'), TENANT);
    this.gatewayProcess = await LoadProcess.start<ChaosGatewayCommand, ChaosGatewayMessage>({
      name: 'gateway', program: new URL('./chaos-gateway-program.js', import.meta.url), cpu: null, nodeArgs: ['--expose-gc'], logFile: this.logFile,
      env: this.environment(),
    });
    this.httpPortOfGateway = (await this.gatewayProcess.next('ready', START_LIMIT_MS)).httpPort;
  }

  private environment(): Readonly<Record<string, string>> {
    const { name, directory, kafka } = this.options;
    const { proxies } = this.parts;
    return {
      VG_NODE_NAME: 'chaos', VG_HTTP_PORT: '0', VG_LOG_LEVEL: 'info', VG_MEDIA_PORT: '0', VG_MEDIA_LEGS_MAX: '100', VG_TENANTS_DIRECTORY: path.join(directory, 'tenants'),
      VG_ASTERISK_ARI_URL: `http://127.0.0.1:${proxies.ari.port}/ari`, VG_ASTERISK_USERNAME: FAKE_ARI_USER, VG_ASTERISK_PASSWORD: FAKE_ARI_PASSWORD, VG_ASTERISK_APP: APP,
      VG_AGENT_ORCHESTRATOR_URL: `http://127.0.0.1:${proxies.orchestrator.port}`,
      VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}`, VG_STATE_REDIS_KEY_PREFIX: name,
      VG_STATE_REFUGE_DIRECTORY: path.join(directory, 'refuge'),
      VG_EVENTS_DIRECTORY: path.join(directory, 'events'), VG_AUDIT_DIRECTORY: path.join(directory, 'audit'), VG_LIMITS_LOOP_DELAY_MS_MAX: '1000', // this is not about admission
      ...(kafka === null ? {} : {
        VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: `127.0.0.1:${kafka.proxy.port}`, VG_EVENTS_KAFKA_TOPIC_PREFIX: name,
        VG_EVENTS_KAFKA_SPOOL_DIRECTORY: path.join(directory, 'spool'),
      }),
    };
  }

  private noteRequest(request: string, query: URLSearchParams): void {
    const [, verb = '', id = '', action] = /^(\w+) channels\/([\d.]+)(?:\/(\w+))?$/u.exec(request) ?? [];
    this.callers.get(id)?.noteRequest(verb, action, query.get('reason_code') ?? '');
  }
}

/** Callers say little here: nobody asks them whether they are still there. */
const TENANT = `
id: chaos
name: Chaos
concurrentCallsMax: 50
dids: [{ number: "${DID}", agent: chaos }]
agents:
  - id: chaos
    name: Chaos
    language: en-US
    speech: { voice: rms }
    prompts: { greeting: Welcome to North Bank. }
    fallback: { extension: person }
    turnPolicy: { callerSilenceMs: 120000 }
`;

function kindOf(dependency: Dependency): string {
  if (dependency === 'ari-events') return 'events';
  return dependency === 'ari-rest' ? 'rest' : '';
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
