import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { orAborted } from '../application/lifecycle/or-aborted.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';
import { TrustedNetworks } from './trusted-networks.js';

const RESOLVE_MS_MAX = 2000;

/** A connection of ours that is not encrypted. */
interface PlainLink {
  readonly setting: string;
  readonly host: string;
  readonly fix: string;
}

/**
 * Tells loudly of connections that cross a network in the clear and that nobody has called trusted: with them go what callers say,
 * passwords and tokens. It refuses none: a network may be encrypted by other means. Names count by the addresses that they have now.
 */
export async function tellPlainTextLinks(config: Config, { log, metrics }: Pick<Runtime, 'log' | 'metrics'>): Promise<void> {
  const { trustedNetworks } = config.security;
  const named = new Set(trustedNetworks.filter((entry) => isIP(entry.split('/')[0] ?? '') === 0));
  const networks = new TrustedNetworks(trustedNetworks.filter((entry) => !named.has(entry)));
  await Promise.all(plainLinks(config).map(async ({ setting, host, fix }) => {
    const trusted = named.has(host) || await isWithin(networks, host);
    metrics.gauge('plain_text_links', trusted ? 0 : 1, { setting });
    if (!trusted) log.warn('a connection is not encrypted and leaves this machine', { setting, host, fix: `${fix}, or name the network or host in security.trustedNetworks` });
  }));
}

async function isWithin(networks: TrustedNetworks, host: string): Promise<boolean> {
  const bare = host.replace(/^\[(?<address>.*)\]$/u, '$<address>');
  if (bare === 'localhost') return true;
  if (isIP(bare) !== 0) return networks.covers(bare);
  try {
    const addresses = await orAborted(lookup(bare, { all: true }), AbortSignal.timeout(RESOLVE_MS_MAX));
    return addresses.every(({ address }) => networks.covers(address));
  } catch {
    return false; // nobody knows where it goes
  }
}

function plainLinks({ asterisk, agent, tenants, state, events, recordings }: Config): readonly PlainLink[] {
  const links: PlainLink[] = [];
  const byUrl = (setting: string, url: string | null, plain: string, fix: string): void => {
    const parsed = url === null || !URL.canParse(url) ? null : new URL(url);
    if (parsed !== null && parsed.protocol === plain) links.push({ setting, host: parsed.hostname, fix });
  };
  byUrl('asterisk.ariUrl', asterisk.ariUrl, 'http:', 'use https:// (http.conf of Asterisk: tlsenable)');
  if (agent.kind === 'orchestrator') byUrl('agent.orchestratorUrl', agent.orchestratorUrl, 'http:', 'use https://');
  byUrl('tenants.managerUrl', tenants.managerUrl, 'http:', 'use https://');
  byUrl('recordings.s3.endpoint', recordings.s3.endpoint, 'http:', 'use https://');
  if (state.kind === 'redis') byUrl('state.redis.url', state.redis.url?.reveal() ?? null, 'redis:', 'use rediss://');
  if (events.kind === 'kafka' && !events.kafka.tls) {
    for (const broker of events.kafka.brokers) byUrl('events.kafka.brokers', `kafka://${broker}`, 'kafka:', 'set events.kafka.tls');
  }
  return links;
}
