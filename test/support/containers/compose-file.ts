/** docker-compose.yml as data: read, with variables filled in, in the forms of the specification that this project uses. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { interpolate } from './interpolate.js';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string; readonly target?: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly logging?: unknown;
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, string | number>> } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly 'x-variables': Readonly<Record<string, string>>;
}

/** As it stands, merge keys (`<<`) resolved. */
export function readComposeFile(file: string): ComposeFile {
  return parse(readFileSync(file, 'utf8'), { merge: true }) as ComposeFile;
}

/**
 * As `docker compose` sees it: variables filled in from the text of `.env`, and what `.env` gives a service with `env_file`
 * under its own environment.
 */
export function composeProject(file: string, dotEnv: string): ComposeFile {
  const variables = parseEnv(dotEnv) as Readonly<Record<string, string>>;
  const project = interpolate(readComposeFile(file), variables) as ComposeFile;
  const services = Object.entries(project.services).map(([name, service]) => {
    const others = (service.env_file ?? []).filter((named) => path.basename(named) !== '.env');
    if (others.length > 0) throw new Error(`${name}: env_file ${others.join(', ')} is not .env`);
    return [name, service.env_file === undefined ? service : { ...service, environment: { ...variables, ...service.environment } }];
  });
  return { ...project, services: Object.fromEntries(services) as ComposeFile['services'] };
}

export interface Mount {
  readonly kind: 'volume' | 'bind' | 'tmpfs';
  /** Name of the volume, or the path beside the compose file. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export function mountsOf(service: ComposeService): readonly Mount[] {
  const volumes = (service.volumes ?? []).map((text): Mount => {
    const [source = '', target = '', mode] = text.split(':');
    return { kind: source.startsWith('.') ? 'bind' : 'volume', source, target, readOnly: mode === 'ro' };
  });
  const memory = (service.tmpfs ?? []).map((text): Mount => ({ kind: 'tmpfs', source: '', target: text.split(':')[0] ?? '', readOnly: false }));
  return [...volumes, ...memory];
}

/** Services so that each comes after those it depends on. @throws on a circle */
export function startOrder(services: ComposeFile['services']): readonly string[] {
  const order: string[] = [];
  const visit = (name: string, above: readonly string[]): void => {
    if (above.includes(name)) throw new Error(`services wait for each other: ${[...above, name].join(' → ')}`);
    if (order.includes(name)) return;
    for (const other of Object.keys(services[name]?.depends_on ?? {})) visit(other, [...above, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return order;
}
