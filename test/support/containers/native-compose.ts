/**
 * docker-compose.yml without Docker: the images' files made from the Dockerfiles, each service laid out in a directory and
 * started by its own command on its own loopback address, in the order and on the conditions of `depends_on`.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAsterisk } from '#tools/asterisk/find-asterisk.mjs';
import { findPrometheus } from '#tools/platform/prometheus.mjs';
import { type ComposeFile, composeProject, startOrder } from './compose-file.js';
import { imageSettings } from './dockerfile.js';
import { type ImageFiles, makeImageFiles } from './image-files.js';
import { NativeAddresses } from './native-addresses.js';
import { layOutContainer, type NativeContainer, type NativeContainerOptions } from './native-container.js';
import { NativeService } from './native-service.js';

export interface NativeComposeOptions {
  /** The project: compose file, Dockerfiles, and `dist` already built. */
  readonly projectDirectory: string;
  readonly dotEnv: string;
}

/** What stands for an image's own programs here; the reason when this machine has none. */
type Machine = { readonly missing: string }
  /** `ours`: its files lie in our own cache, where no other user may look. */
  | (Pick<NativeContainerOptions, 'programs' | 'elsewhere'> & { readonly ours: boolean });

const NOBODY = 65_534;
const WORKING_DIRECTORY_OF_STAGES = 'app';

export class NativeCompose {
  readonly project: ComposeFile;
  readonly addresses: NativeAddresses;
  /** Services that this machine cannot run, with the reason. */
  readonly missing = new Map<string, string>();
  private readonly containers = new Map<string, NativeContainer>();
  private readonly running = new Map<string, NativeService>();
  private lastImage: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: NativeComposeOptions, readonly directory: string) {
    this.project = composeProject(path.join(options.projectDirectory, 'docker-compose.yml'), options.dotEnv);
    this.addresses = new NativeAddresses(Object.keys(this.project.services), Math.random());
  }

  /** Starts everything this machine can run, each when those it depends on are healthy. On failure nothing is left. */
  static async up(options: NativeComposeOptions): Promise<NativeCompose> {
    const directory = await mkdtemp('/tmp/vg-compose-'); // short: paths of unix sockets are
    const compose = new NativeCompose(options, directory);
    try {
      await chmod(directory, 0o755); // services are other users
      await compose.startAll();
    } catch (error) {
      await compose.stop();
      throw error;
    }
    return compose;
  }

  container(name: string): NativeContainer {
    const container = this.containers.get(name);
    if (container === undefined) throw new Error(`${name} is not laid out: ${this.missing.get(name) ?? 'no such service'}`);
    return container;
  }

  service(name: string): NativeService {
    const service = this.running.get(name);
    if (service === undefined) throw new Error(`${name} does not run`);
    return service;
  }

  /** SIGTERM in the opposite order, as `docker compose stop`. The exit codes. */
  async stop(): Promise<ReadonlyMap<string, number | null>> {
    const codes = new Map<string, number | null>();
    for (const name of [...this.running.keys()].reverse()) codes.set(name, await this.service(name).stop());
    this.running.clear();
    await rm(this.directory, { recursive: true, force: true });
    return codes;
  }

  private async startAll(): Promise<void> {
    const { services } = this.project;
    const healthy = new Map<string, Promise<void>>();
    for (const name of startOrder(services)) {
      const before = Object.keys(services[name]?.depends_on ?? {}).map((other) => healthy.get(other) ?? Promise.resolve());
      healthy.set(name, this.layOutService(name).then(() => Promise.all(before)).then(() => this.startService(name)));
    }
    const outcomes = await Promise.allSettled(healthy.values());
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async startService(name: string): Promise<void> {
    const container = this.containers.get(name);
    if (container === undefined) return; // not on this machine
    const service = NativeService.start(container);
    this.running.set(name, service);
    await service.healthy();
  }

  private async layOutService(name: string): Promise<void> {
    const service = this.project.services[name];
    if (service === undefined) return;
    const machine = await machineFor(name);
    if ('missing' in machine) {
      this.missing.set(name, machine.missing);
      return;
    }
    const image = service.build === undefined ? null : await this.imageFiles(name);
    const user = service.user ?? (image === null ? 'not root' : imageSettings(image.stage).user);
    const becomesNobody = process.getuid?.() === 0 && user !== 'root' && !machine.ours;
    this.containers.set(name, await layOutContainer({
      name, service, image, addresses: this.addresses, projectDirectory: this.options.projectDirectory,
      directory: path.join(this.directory, name), uid: becomesNobody ? NOBODY : null, programs: machine.programs, elsewhere: machine.elsewhere ?? {},
    }));
  }

  /** One after the other, so that node_modules are installed once. `dist` is the project's own, built by the same command. */
  private imageFiles(name: string): Promise<ImageFiles> {
    const { dockerfile, target } = this.project.services[name]?.build ?? {};
    const { projectDirectory } = this.options;
    const dependencies = path.join(this.directory, 'dependencies', WORKING_DIRECTORY_OF_STAGES);
    const made = this.lastImage.then(() => makeImageFiles({
      context: projectDirectory, directory: this.directory, prebuilt: { build: projectDirectory, ...(existsSync(dependencies) ? { dependencies } : {}) },
      ...(dockerfile === undefined ? {} : { dockerfile }), ...(target === undefined ? {} : { target }),
    }));
    this.lastImage = made.catch(() => undefined); // whoever asked for it is told
    return made;
  }
}

async function machineFor(name: string): Promise<Machine> {
  if (name === 'asterisk') {
    const asterisk = await findAsterisk();
    return { ours: true, programs: { asterisk: asterisk.command }, elsewhere: { '/usr/lib/asterisk-modules': asterisk.moduleDir, '/usr/share/asterisk': asterisk.dataDir } };
  }
  if (name === 'prometheus') {
    const found = await findPrometheus();
    if (found === undefined) return { missing: 'no Prometheus here: run "make setup"' };
    return { ours: true, programs: { promtool: [found.promtool], '/bin/prometheus': [found.prometheus] } };
  }
  if (name === 'kafka') return kafkaMachine();
  if (name !== 'redis') return { ours: false, programs: { node: [process.execPath] } };
  return existsSync('/usr/bin/redis-server') ? { ours: false, programs: {} } : { missing: 'no redis-server here' };
}

/** The broker that tools/kafka brings, started by settings from the environment as the official image does. */
async function kafkaMachine(): Promise<Machine> {
  const finder = fileURLToPath(new URL('../../../tools/kafka/find-kafka.mjs', import.meta.url));
  if (!existsSync(finder)) return { missing: 'this version of the project brings no Kafka broker' };
  const { findKafka } = (await import(finder)) as { readonly findKafka: () => Promise<{ readonly java: string; readonly libDir: string }> };
  const found = await findKafka().catch((error: unknown) => String(error));
  if (typeof found === 'string') return { missing: found };
  const launcher = fileURLToPath(new URL('kafka-launcher.mjs', import.meta.url));
  return { ours: true, programs: { '/etc/kafka/docker/run': [process.execPath, launcher, found.java, found.libDir] } };
}
