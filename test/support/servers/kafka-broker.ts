import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { endProcess, signalProcess } from '#tools/asterisk/process-identity.mjs';
import { type Broker, type Secured, startBroker, stopBroker } from '#tools/kafka/broker.mjs';

export interface KafkaBrokerOptions {
  /** Where it tells its clients to come, when something stands between. */
  readonly advertisedPort?: number;
  readonly secured?: Secured;
}

/**
 * A real Kafka broker for one test suite: free ports, a run directory of its own, a small heap. It ends with the test
 * process, even when that is killed. Start it in `before`, stop it in `after`.
 */
export class KafkaBroker {
  private constructor(private broker: Broker, private readonly options: KafkaBrokerOptions) {}

  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const runDir = await mkdtemp(path.join(os.tmpdir(), 'vg-kafka-'));
    try {
      const [port, controllerPort] = await freePorts(2);
      return new KafkaBroker(await startBroker({ runDir, port: port!, controllerPort: controllerPort!, dieWithParent: true, ...options }), options);
    } catch (error) {
      await rm(runDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** host:port */
  get address(): string {
    return this.broker.address;
  }

  get port(): number {
    return this.broker.port;
  }

  get startedInMs(): number {
    return this.broker.startedInMs;
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    signalProcess(this.broker, 'SIGKILL');
    await endProcess(this.broker);
  }

  /** Holds the process still: its sockets stay open and nobody answers. */
  freeze(): void {
    signalProcess(this.broker, 'SIGSTOP');
  }

  unfreeze(): void {
    signalProcess(this.broker, 'SIGCONT');
  }

  /** Again on the same ports, with the topics it had. */
  async restart(): Promise<void> {
    const { runDir, port, controllerPort } = this.broker;
    await stopBroker(runDir);
    this.broker = await startBroker({ runDir, port, controllerPort, dieWithParent: true, ...this.options });
  }

  async stop(): Promise<void> {
    await this.kill(); // nobody needs its goodbye
    await rm(this.broker.runDir, { recursive: true, force: true });
  }
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => { resolve(server); });
  })));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
