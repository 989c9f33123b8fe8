/**
 * Makes the files that a Dockerfile would put into an image, without Docker: COPY under the rules of .dockerignore, RUN for
 * what can be run as it is (npm, install -d). What Debian packages bring is not made; their names are reported.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Instruction, parseDockerfile, type Stage, stageNamed } from './dockerfile.js';
import { dockerignore, patternForm } from './dockerignore.js';

export interface ImageFilesOptions {
  /** The build context. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile?: string;
  /** Default: the last stage. */
  readonly target?: string;
  /** Stages are made in directories below it. */
  readonly directory: string;
  /** Stages that are there already, by name: the directory that is their WORKDIR. */
  readonly prebuilt?: Readonly<Record<string, string>>;
}

export interface ImageFiles {
  readonly stage: Stage;
  /** Stands for `/` of the image. */
  readonly root: string;
  /** Debian packages that the image has besides. */
  readonly packages: readonly string[];
  /** Directories of the image that we made, for translating paths. */
  readonly directories: readonly string[];
}

const COMMAND_OUTPUT_MAX = 4000;

export async function makeImageFiles(options: ImageFilesOptions): Promise<ImageFiles> {
  const stages = parseDockerfile(await readFile(path.join(options.context, options.dockerfile ?? 'Dockerfile'), 'utf8'));
  const ignored = dockerignore(await readFile(path.join(options.context, '.dockerignore'), 'utf8').catch(() => ''));
  const target = stageNamed(stages, options.target);
  const needed = stagesNeeded(stages, target).filter(({ name }) => options.prebuilt?.[name] === undefined);
  // One after the other: two npm at once only fight for the network and the processors.
  let made: StageMaker | undefined;
  for (const stage of needed) {
    made = new StageMaker(stage, path.join(options.directory, stage.name), options, ignored);
    await made.make();
  }
  if (made === undefined) throw new Error(`stage ${target.name} is prebuilt: nothing to make`);
  return { stage: target, root: made.root, packages: made.packages, directories: [...made.directories] };
}

/** The stages that `target` copies from, and itself last. */
function stagesNeeded(stages: readonly Stage[], target: Stage): readonly Stage[] {
  const sources = target.instructions.flatMap(({ flags }) => (flags['from'] === undefined ? [] : [stageNamed(stages, flags['from'])]));
  return [...new Set([...sources.flatMap((source) => stagesNeeded(stages, source)), target])];
}

class StageMaker {
  readonly packages: string[] = [];
  readonly directories = new Set<string>();
  private workingDirectory = '/';

  constructor(private readonly stage: Stage, readonly root: string, private readonly options: ImageFilesOptions, private readonly ignored: (path: string) => boolean) {}

  async make(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const instruction of this.stage.instructions) {
      if (instruction.keyword === 'WORKDIR') await this.workIn(instruction.text);
      else if (instruction.keyword === 'COPY') await this.copy(instruction);
      else if (instruction.keyword === 'RUN') await this.run(instruction.text);
    }
  }

  private async workIn(directory: string): Promise<void> {
    this.workingDirectory = path.posix.resolve(this.workingDirectory, directory);
    await this.makeDirectory(this.workingDirectory);
  }

  private async makeDirectory(directory: string): Promise<string> {
    const made = path.join(this.root, directory);
    await mkdir(made, { recursive: true });
    if (directory !== '/') this.directories.add(directory);
    return made;
  }

  private async copy({ words, flags }: Instruction): Promise<void> {
    const sources = words.slice(0, -1);
    const to = words.at(-1) ?? '.';
    const target = path.posix.resolve(this.workingDirectory, to);
    const intoDirectory = to.endsWith('/') || to === '.' || sources.length > 1;
    const from = flags['from'];
    for (const source of sources) {
      for (const file of from === undefined ? await this.contextPaths(source) : [this.stagePath(from, source)]) {
        const isDirectory = (await stat(file)).isDirectory();
        const into = intoDirectory && !isDirectory ? path.posix.join(target, path.basename(file)) : target;
        await this.copyTree(file, into, from === undefined);
        if (flags['chmod'] !== undefined) await chmod(path.join(this.root, into), Number.parseInt(flags['chmod'], 8));
      }
    }
  }

  private async copyTree(file: string, into: string, fromContext: boolean): Promise<void> {
    const isDirectory = (await stat(file)).isDirectory();
    const directory = isDirectory ? into : path.posix.dirname(into);
    await this.makeDirectory(directory);
    if (isDirectory && file.startsWith(this.options.directory)) {
      await promisify(execFile)('cp', ['-al', `${file}/.`, path.join(this.root, into)]); // links: node_modules are many files
      return;
    }
    const kept = (candidate: string): boolean => !fromContext || candidate === this.options.context || !this.ignored(path.relative(this.options.context, candidate));
    await cp(file, path.join(this.root, into), { recursive: true, filter: kept, verbatimSymlinks: true });
  }

  /** A source in the build context, `*` resolved; one that is not there (or ignored) is an error, as in Docker. */
  private async contextPaths(source: string): Promise<readonly string[]> {
    const parent = path.posix.dirname(source);
    const form = patternForm(path.posix.basename(source));
    const names = (await readdir(path.join(this.options.context, parent))).filter((name) => form.test(name) && !this.ignored(path.posix.join(parent, name)));
    if (names.length === 0) throw new Error(`COPY ${source}: not in the build context (see .dockerignore)`);
    return names.map((name) => path.join(this.options.context, parent, name));
  }

  private stagePath(stage: string, source: string): string {
    const prebuilt = this.options.prebuilt?.[stage];
    if (prebuilt === undefined) return path.join(this.options.directory, stage, source);
    const stages = /^\/[^/]+\/(.*)$/u.exec(source); // below the WORKDIR, which is /app
    if (stages === null) throw new Error(`COPY --from=${stage} ${source}: not below the working directory of that stage`);
    return path.join(prebuilt, stages[1] ?? '');
  }

  private async run(command: string): Promise<void> {
    if (command.startsWith('apt-get ')) {
      const [, names = ''] = /apt-get install((?: [^&]+)+)/u.exec(command) ?? [];
      this.packages.push(...names.split(/\s+/u).filter((word) => word !== '' && !word.startsWith('-')));
    } else if (command.startsWith('install -d ')) {
      for (const word of command.split(/\s+/u).filter((candidate) => candidate.startsWith('/'))) await this.makeDirectory(word);
    } else if (command.startsWith('npm ')) await this.runCommand(command);
    else throw new Error(`RUN ${command}: not known how to do this without Docker`);
  }

  private async runCommand(command: string): Promise<void> {
    const child = spawn('sh', ['-c', command], { cwd: path.join(this.root, this.workingDirectory), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => { output = (output + chunk.toString()).slice(-COMMAND_OUTPUT_MAX); };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`RUN ${command} ended with ${String(code)}:\n${output}`);
  }
}

/** Every file below `root`, relative to it. */
export async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

const SECRET_NAME = /(?:^|\/)(?:\.env(?:\..*)?|\.npmrc|\.netrc|secrets\.json|id_[a-z0-9]+|.*\.(?:pem|key|p12|pfx))$|(?:^|\/)\.git\//u;

/** Files that by their name may hold a secret. */
export function secretFiles(names: readonly string[]): readonly string[] {
  return names.filter((name) => SECRET_NAME.test(name));
}
