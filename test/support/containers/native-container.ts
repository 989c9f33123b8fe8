/** Lays a service of a compose file out in a directory: image files, mounts, and how to start it there. */
import { chmod, chown, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ComposeService, mountsOf } from './compose-file.js';
import { type ImageSettings, imageSettings } from './dockerfile.js';
import type { ImageFiles } from './image-files.js';
import type { NativeAddresses } from './native-addresses.js';
import type { NativeServiceOptions } from './native-service.js';
import { publicImage } from './public-images.js';

export interface NativeContainerOptions {
  readonly name: string;
  readonly service: ComposeService;
  /** Null: an image that is not ours, whose files are those of this machine. */
  readonly image: ImageFiles | null;
  readonly addresses: NativeAddresses;
  /** Of the compose file. */
  readonly projectDirectory: string;
  /** Where volumes and mounts are laid out. */
  readonly directory: string;
  /** Programs of the image that are elsewhere here: name or path there, and the command that stands for it. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Files and directories of the image that are elsewhere here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly uid: number | null;
}

export interface NativeContainer extends NativeServiceOptions {
  /** Where a path of the container is on this machine. */
  readonly pathOf: (inside: string) => string;
}

const SETTINGS_FILE = /\.(?:conf|ya?ml)$/u;
/** Shared by all containers here, and below which they all lie: never translated. */
const UNTRANSLATED = '/tmp';

export async function layOutContainer(options: NativeContainerOptions): Promise<NativeContainer> {
  const { name, service, image, directory, addresses } = options;
  const root = image?.root ?? path.join(directory, 'root');
  await mkdir(root, { recursive: true });
  const settings = image === null ? publicImage(service.image) : imageSettings(image.stage);
  const places = await layOutMounts(options, root);
  for (const inside of image?.directories ?? []) places[inside] = path.join(root, inside);
  const programs = path.join(directory, 'programs');
  Object.assign(places, options.elsewhere, await writePrograms(programs, options.programs));
  const translate = (text: string): string => addresses.translate(name, translatePaths(text, places));
  await translateSettings(Object.entries(places).filter(([inside]) => inside !== settings.workingDirectory).map(([, place]) => place).filter((place) => place.startsWith(root)), translate);
  const pathOf = (inside: string): string => translatePaths(inside, places);
  return {
    name, pathOf, uid: options.uid, workingDirectory: path.join(root, settings.workingDirectory),
    command: commandOf(service, settings).map(translate),
    healthCheck: healthCheckOf(name, service, settings).map(translate),
    environment: { PATH: `${programs}:/usr/local/bin:/usr/bin:/bin`, ...translated({ ...settings.environment, ...service.environment }, translate) },
  };
}

function commandOf(service: ComposeService, settings: ImageSettings): readonly string[] {
  return [...(service.entrypoint ?? settings.entrypoint), ...(service.command ?? (service.entrypoint === undefined ? settings.command : []))];
}

function healthCheckOf(name: string, service: ComposeService, settings: ImageSettings): readonly string[] {
  const [form, ...command] = service.healthcheck?.test ?? ['CMD', ...(settings.healthCheck ?? [])];
  if (form !== 'CMD' || command.length === 0) throw new Error(`${name} has no health check of the form [CMD, …]`);
  return command;
}

/** Volumes and memory are empty directories that the service may write; what is bound from the project is a copy that it may not. */
async function layOutMounts({ service, projectDirectory, uid }: NativeContainerOptions, root: string): Promise<Record<string, string>> {
  const places: Record<string, string> = {};
  for (const { kind, source, target } of mountsOf(service)) {
    if (target === UNTRANSLATED) continue;
    const place = path.join(root, target);
    places[target] = place;
    await mkdir(place, { recursive: true });
    if (kind === 'bind') await cp(path.join(projectDirectory, source), place, { recursive: true });
    else if (uid !== null) await chown(place, uid, uid);
  }
  return places;
}

/** Returns the places of those that are known by a path. */
async function writePrograms(directory: string, programs: NativeContainerOptions['programs']): Promise<Record<string, string>> {
  const places: Record<string, string> = {};
  await mkdir(directory, { recursive: true });
  for (const [program, command] of Object.entries(programs)) {
    const file = path.join(directory, path.basename(program));
    await writeFile(file, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`);
    await chmod(file, 0o755);
    if (program.startsWith('/')) places[program] = file;
  }
  return places;
}

function translatePaths(text: string, places: Readonly<Record<string, string>>): string {
  const inside = Object.keys(places).filter((place) => place !== UNTRANSLATED).sort((a, b) => b.length - a.length);
  if (inside.length === 0) return text;
  const form = new RegExp(`(?<![\\w./-])(?:${inside.map((place) => place.replace(/[.]/gu, '\\.')).join('|')})(?![\\w.-])`, 'gu');
  return text.replace(form, (place) => places[place] ?? place);
}

/** Files of settings name paths and addresses too. */
async function translateSettings(directories: readonly string[], translate: (text: string) => string): Promise<void> {
  const files = new Set<string>();
  for (const directory of directories) {
    for (const name of await readdir(directory)) if (SETTINGS_FILE.test(name)) files.add(path.join(directory, name));
  }
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const changed = translate(text);
    if (changed === text) continue;
    await rm(file); // it may be a link to another image's
    await writeFile(file, changed);
  }
}

function translated(environment: Readonly<Record<string, string>>, translate: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, translate(value)]));
}
