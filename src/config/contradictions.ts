import { tokensOfTheApi } from './api-contradictions.js';
import type { ConfigFault } from './config-fault.js';
import type { Contradiction, ValueOf } from './contradiction.js';
import type { Leaf } from './schema-tree.js';
import { type SettingPath, showPath, valueAt } from './setting-path.js';
import type { Provenance } from './validate.js';

/** The first must not be above the second. */
const NOT_ABOVE: readonly (readonly [SettingPath, SettingPath])[] = [
  [['agent', 'firstOutputDeadlineMs'], ['agent', 'replyDeadlineMs']],
  [['tenants', 'negativeCacheTtlMs'], ['tenants', 'cacheTtlMs']],
  [['state', 'transcriptTtlMs'], ['state', 'callTtlMs']],
];

/** Rules between settings. They look at raw data, so that they are told together with all other faults. */
export function contradictions(data: unknown, leaves: readonly Leaf[], provenance: Provenance, nodeEnv = ''): readonly ConfigFault[] {
  const valueOf = (path: SettingPath): unknown => valueAt(data, path) ?? defaultOf(leaves, path);
  return [...sourceOfTenants(valueOf, provenance), ...eventsToKafka(valueOf, provenance), ...stateInRedis(valueOf, provenance), ...historyInRedis(valueOf, provenance), ...agentByGrpc(valueOf, provenance), ...tokensOfTheApi(valueOf, provenance, nodeEnv), ...encryption(valueOf, provenance), ...recordingsInS3(valueOf, provenance), ...orders(valueOf)].map(({ path, message, fix }) => {
    const { source, line, column } = provenance.placeOf(path);
    return { source, line, column, message, fix };
  });
}

function sourceOfTenants(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  const files = valueOf(['tenants', 'directory']) !== null;
  const manager = valueOf(['tenants', 'managerUrl']) !== null;
  const served = valueOf(['tenants', 'served']);
  if (files && manager) {
    return [{ path: ['tenants', 'managerUrl'], message: 'tenants.directory and tenants.managerUrl are both given', fix: 'keep the one that this node is to use' }];
  }
  if (!files && !manager) {
    return [{ path: ['tenants'], message: 'nothing says who the tenants are', fix: `${provenance.howToSet(['tenants', 'directory'])}; or use tenants.managerUrl` }];
  }
  if (manager && Array.isArray(served) && served.length === 0) {
    return [{ path: ['tenants', 'managerUrl'], message: 'tenants.managerUrl is given, but tenants.served names no tenant', fix: provenance.howToSet(['tenants', 'served']) }];
  }
  return [];
}

function eventsToKafka(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  if (valueOf(['events', 'kind']) !== 'kafka') return [];
  const of = (name: string): SettingPath => ['events', 'kafka', name];
  const brokers = valueOf(of('brokers'));
  const faults: Contradiction[] = [];
  if (Array.isArray(brokers) && brokers.length === 0) {
    faults.push({ path: ['events', 'kind'], message: 'events.kind is kafka, but events.kafka.brokers names no broker', fix: provenance.howToSet(of('brokers')) });
  }
  const login = valueOf(of('saslMechanism')) !== 'none';
  for (const name of ['saslUsername', 'saslPassword']) {
    if (login && valueOf(of(name)) === null) faults.push({ path: of('saslMechanism'), message: `events.kafka.saslMechanism is given, but events.kafka.${name} is not`, fix: provenance.howToSet(of(name)) });
  }
  if (valueOf(of('tlsAuthority')) !== null && valueOf(of('tls')) !== true) {
    faults.push({ path: of('tlsAuthority'), message: 'events.kafka.tlsAuthority is given, but events.kafka.tls is off', fix: provenance.howToSet(of('tls')) });
  }
  return faults;
}

function stateInRedis(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  if (valueOf(['state', 'kind']) !== 'redis' || valueOf(['state', 'redis', 'url']) !== null) return [];
  return [{ path: ['state', 'kind'], message: 'state.kind is redis, but state.redis.url is not given', fix: provenance.howToSet(['state', 'redis', 'url']) }];
}

function historyInRedis(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  if (valueOf(['history', 'kind']) !== 'redis' || valueOf(['state', 'kind']) === 'redis') return [];
  return [{ path: ['history', 'kind'], message: 'history.kind is redis, but state.kind is not', fix: provenance.howToSet(['state', 'kind']) }];
}

function agentByGrpc(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  if (valueOf(['agent', 'kind']) !== 'grpc') return [];
  const of = (name: string): SettingPath => ['agent', 'grpc', name];
  const faults: Contradiction[] = [];
  if (valueOf(of('url')) === null) faults.push({ path: ['agent', 'kind'], message: 'agent.kind is grpc, but agent.grpc.url is not given', fix: provenance.howToSet(of('url')) });
  for (const [one, other] of [['cert', 'key'], ['key', 'cert']] as const) {
    if (valueOf(of(one)) !== null && valueOf(of(other)) === null) faults.push({ path: of(one), message: `agent.grpc.${one} is given, but agent.grpc.${other} is not`, fix: provenance.howToSet(of(other)) });
  }
  return faults;
}

/** Half of what encryption needs, or what is of no use without it. */
function encryption(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  const faults: Contradiction[] = [];
  const needs = (path: SettingPath, other: SettingPath): void => {
    if (valueOf(path) !== null && valueOf(other) === null) faults.push({ path, message: `${showPath(path)} is given, but ${showPath(other)} is not`, fix: provenance.howToSet(other) });
  };
  const ofUse = (path: SettingPath, url: SettingPath, scheme: string): void => {
    const address = valueOf(url);
    if (valueOf(path) !== null && !(typeof address === 'string' && address.startsWith(scheme))) faults.push({ path, message: `${showPath(path)} is given, but ${showPath(url)} does not begin with ${scheme}`, fix: `let ${showPath(url)} begin with ${scheme}` });
  };
  for (const server of ['http', 'api']) {
    for (const [one, other] of [['cert', 'key'], ['key', 'cert'], ['clientAuthority', 'cert']] as const) needs([server, 'tls', one], [server, 'tls', other]);
  }
  ofUse(['asterisk', 'tlsAuthority'], ['asterisk', 'ariUrl'], 'https://');
  ofUse(['state', 'redis', 'tlsAuthority'], ['state', 'redis', 'url'], 'rediss://');
  return faults;
}

function recordingsInS3(valueOf: ValueOf, provenance: Provenance): readonly Contradiction[] {
  const of = (name: string): SettingPath => ['recordings', 's3', name];
  const given = (name: string): boolean => valueOf(of(name)) !== null;
  return [['bucket', 'accessKeyId'], ['bucket', 'secretAccessKey'], ['endpoint', 'bucket'], ['prefix', 'bucket'], ['accessKeyId', 'bucket'], ['secretAccessKey', 'bucket']].flatMap(([one = '', other = '']) => (
    given(one) && !given(other) ? [{ path: of(one), message: `${showPath(of(one))} is given, but ${showPath(of(other))} is not`, fix: provenance.howToSet(of(other)) }] : []
  ));
}

function orders(valueOf: ValueOf): readonly Contradiction[] {
  return NOT_ABOVE.flatMap(([lower, upper]) => {
    const low = valueOf(lower);
    const high = valueOf(upper);
    if (typeof low !== 'number' || typeof high !== 'number' || low <= high) return [];
    return [{ path: lower, message: `${showPath(lower)} (${low}) is more than ${showPath(upper)} (${high})`, fix: 'lower the first or raise the second' }];
  });
}

function defaultOf(leaves: readonly Leaf[], path: SettingPath): unknown {
  const leaf = leaves.find((candidate) => showPath(candidate.path) === showPath(path));
  const parsed = leaf?.schema.safeParse(undefined);
  return parsed?.success === true ? parsed.data : undefined;
}
