import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.js';
import { type ComposeService, composeProject, mountsOf, readComposeFile, startOrder } from '../support/containers/compose-file.js';
import { imageSettings, parseDockerfile, stageNamed } from '../support/containers/dockerfile.js';
import { variablesIn } from '../support/containers/interpolate.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILE = path.join(ROOT, 'docker-compose.yml');
const DOT_ENV = 'VG_ASTERISK_PASSWORD=one\nSOFTPHONE_PASSWORD=two\n';
/** src/composition/gateway.ts gives the last calls this long after the drain deadline; the rest is for closing. */
const AFTER_DRAIN_S = 40;

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const schema = JSON.parse(read('test/fixtures/compose-spec/compose-spec.json')) as Record<string, unknown>;
const obeys = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
const project = composeProject(FILE, DOT_ENV);
const services = Object.entries(project.services);

describe('docker-compose.yml', () => {
  it('obeys the schema of the Compose Specification, as written and with its variables filled in', () => {
    expect(obeys(readComposeFile(FILE)), JSON.stringify(obeys.errors)).to.equal(true);
    expect(obeys(project), JSON.stringify(obeys.errors)).to.equal(true);
  });

  it('would be told by the schema that it has a fault', () => {
    expect(obeys({ services: { gateway: { image: 'x', helthcheck: {} } } })).to.equal(false);
    expect(obeys({ services: { gateway: { image: 'x', depends_on: { redis: { condition: 'healthy' } } } } })).to.equal(false);
  });

  it('gives the gateway settings that it takes', () => {
    const loaded = loadConfig({ file: null, env: project.services['gateway']?.environment ?? {}, readFile: () => '' });
    expect(loaded.ok ? [] : loaded.faults).to.deep.equal([]);
  });

  it('keeps the state of calls in its Redis and gives events to its Kafka, unless .env says otherwise', () => {
    const of = (dotEnv: string): Readonly<Record<string, string>> => composeProject(FILE, DOT_ENV + dotEnv).services['gateway']?.environment ?? {};
    const own = { VG_STATE_KIND: 'redis', VG_STATE_REDIS_URL: 'redis://redis:6379/0', VG_EVENTS_KIND: 'kafka', VG_EVENTS_KAFKA_BROKERS: 'kafka:9092' };
    expect(of('')).to.include(own);
    const others = { VG_STATE_KIND: 'memory', VG_STATE_REDIS_URL: 'rediss://user:pass@elsewhere:6379/1', VG_EVENTS_KIND: 'file', VG_EVENTS_KAFKA_BROKERS: 'a:9092,b:9092' };
    expect(of(Object.entries(others).map(([name, value]) => `${name}=${value}\n`).join(''))).to.include(others);
  });

  it('gives Asterisk and the gateway the same user, password and application', () => {
    const of = (name: string): Readonly<Record<string, string>> => composeProject(FILE, `${DOT_ENV}VG_ASTERISK_USERNAME=u\nVG_ASTERISK_APP=a\n`).services[name]?.environment ?? {};
    const [asterisk, gateway] = [of('asterisk'), of('gateway')];
    expect([asterisk['VG_ARI_USER'], asterisk['VG_ARI_PASSWORD'], asterisk['VG_APP']]).to.deep.equal([gateway['VG_ASTERISK_USERNAME'], gateway['VG_ASTERISK_PASSWORD'], gateway['VG_ASTERISK_APP']]);
  });

  it('sets only placeholders of asterisk-conf that exist', () => {
    const templates = ['ari', 'asterisk', 'extensions', 'http', 'pjsip', 'rtp'].map((name) => read(`asterisk-conf/${name}.conf`)).join('');
    const unknown = Object.keys(project.services['asterisk']?.environment ?? {}).filter((name) => !templates.includes(`\${${name}`));
    expect(unknown).to.deep.equal([]);
  });

  it('will not start without passwords, and has none of its own', () => {
    for (const password of ['VG_ASTERISK_PASSWORD', 'SOFTPHONE_PASSWORD']) {
      expect(() => composeProject(FILE, DOT_ENV.replace(new RegExp(`${password}=.*`, 'u'), ''))).to.throw(`${password} is missing`);
    }
  });

  it('hands a secret to nobody but those who need it', () => {
    const secrets = 'VG_ASTERISK_PASSWORD=s-ari\nSOFTPHONE_PASSWORD=s-phone\nOPENAI_API_KEY=s-key\nVG_AGENT_TOKEN=s-token\n';
    const holders = (secret: string): readonly string[] => Object.entries(composeProject(FILE, secrets).services).filter(([, { environment }]) => Object.values(environment ?? {}).includes(secret)).map(([name]) => name);
    expect(['s-ari', 's-phone', 's-key', 's-token'].map(holders)).to.deep.equal([['asterisk', 'gateway'], ['asterisk'], ['orchestrator'], ['orchestrator', 'gateway']]);
  });

  it('describes every variable it uses, and uses every one it describes', () => {
    const own = variablesIn(read('docker-compose.yml')).map(({ name }) => name).filter((name) => !name.startsWith('VG_'));
    expect([...new Set(own)].sort()).to.deep.equal(Object.keys(project['x-variables']).sort());
  });

  it('gives a variable the same default wherever it is used', () => {
    const defaults = new Map<string, Set<string>>();
    for (const { name, fallback } of variablesIn(read('docker-compose.yml'))) if (fallback !== null) defaults.set(name, (defaults.get(name) ?? new Set()).add(fallback));
    expect([...defaults].filter(([, values]) => values.size > 1)).to.deep.equal([]);
  });

  it('mounts what exists, and declares the volumes and networks it uses, no others', () => {
    const mounts = services.flatMap(([, service]) => mountsOf(service));
    expect(mounts.filter(({ kind, source }) => kind === 'bind' && !existsSync(path.join(ROOT, source)))).to.deep.equal([]);
    expect(mounts.filter(({ kind, readOnly }) => kind === 'bind' && !readOnly)).to.deep.equal([]);
    expect([...new Set(mounts.filter(({ kind }) => kind === 'volume').map(({ source }) => source))].sort()).to.deep.equal(Object.keys(project.volumes).sort());
    expect([...new Set(services.flatMap(([, { networks }]) => networks ?? []))].sort()).to.deep.equal(Object.keys(project.networks).sort());
  });

  it('starts each service when those it needs are healthy, the gateway after all that it talks to', () => {
    const order = startOrder(project.services);
    for (const needed of ['asterisk', 'orchestrator', 'redis', 'kafka']) expect(order.indexOf(needed)).to.be.lessThan(order.indexOf('gateway'));
    for (const [, { depends_on }] of services) for (const { condition } of Object.values(depends_on ?? {})) expect(condition).to.equal('service_healthy');
  });

  it('keeps ARI, RTP, Redis and Kafka in networks without a way out', () => {
    const shared = (a: string, b: string): readonly string[] => (project.services[a]?.networks ?? []).filter((network) => project.services[b]?.networks?.includes(network) === true);
    for (const other of ['asterisk', 'redis', 'kafka']) expect(shared('gateway', other).map((network) => project.networks[network]?.internal)).to.deep.equal([true]);
  });

  it('opens ports on the loopback address only, and for Asterisk the very ones it tells its peers', () => {
    for (const [name, { ports }] of services) for (const port of ports ?? []) expect(port, name).to.match(/^127\.0\.0\.1:/u);
    const asterisk = composeProject(FILE, `${DOT_ENV}SIP_BIND=192.0.2.9\nSIP_PORT=5061\nRTP_FIRST_PORT=20000\nRTP_LAST_PORT=20099\n`).services['asterisk'];
    expect(asterisk?.ports).to.deep.equal(['192.0.2.9:5061:5061/udp', '192.0.2.9:20000-20099:20000-20099/udp']);
    expect(asterisk?.environment).to.include({ VG_EXTERNAL_ADDRESS: '192.0.2.9', VG_SIP_PORT: '5061', VG_RTP_START: '20000', VG_RTP_END: '20099' });
  });

  it('waits for living calls when the gateway is stopped', () => {
    const drainMs = (parse(read('docs/configuration.md').split('`VG_LIMITS_DRAIN_DEADLINE_MS`')[1]?.split('`')[1] ?? '') as number);
    expect(seconds(project.services['gateway']?.stop_grace_period)).to.be.at.least(drainMs / 1000 + AFTER_DRAIN_S);
  });

  for (const [name, service] of services) {
    it(`${name}: no rights, limits, restart, bounded logs, a health check, a version`, () => {
      expect(service.cap_drop).to.deep.equal(['ALL']);
      expect(service.security_opt).to.include('no-new-privileges:true');
      expect(service.restart).to.equal('unless-stopped');
      expect(service.logging).to.have.nested.property('options.max-size');
      expect(service.deploy?.resources.limits).to.include.keys('cpus', 'memory', 'pids');
      expect(service.read_only === true || name === 'kafka', 'read-only').to.equal(true); // its image writes its settings into itself
      expect(healthCheckOf(service), 'health check').not.to.equal(null);
      if (service.build === undefined) expect(service.image).to.match(/:v?\d+\.\d+/u);
    });
  }

  it('has no image of ours run as root, or from a base without a version', () => {
    for (const [name, { build }] of services) {
      if (build === undefined) continue;
      const stage = stageNamed(parseDockerfile(read(build.dockerfile ?? 'Dockerfile')), build.target);
      expect(imageSettings(stage).user, name).not.to.equal('root');
      expect(stage.base, name).to.match(/^(?:node:22-bookworm-slim|debian:sid-slim)$/u);
    }
  });

  it('is documented by .env.example, whose every variable can be set', () => {
    const example = parseEnv(read('.env.example').replace(/^#(?=[A-Z_0-9]+=)/gmu, '')) as Record<string, string>;
    for (const name of Object.keys(project['x-variables'])) expect(example).to.have.property(name);
  });
});

function healthCheckOf(service: ComposeService): readonly string[] | null {
  if (service.healthcheck !== undefined) return service.healthcheck.test;
  const stages = parseDockerfile(read(service.build?.dockerfile ?? 'Dockerfile'));
  return imageSettings(stageNamed(stages, service.build?.target)).healthCheck;
}

function seconds(text = '0s'): number {
  return Number(/^(\d+)s$/u.exec(text)?.[1] ?? Number.NaN);
}
