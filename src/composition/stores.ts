import { readFileSync } from 'node:fs';
import { FileEventPublisher } from '../adapters/events/file-event-publisher.js';
import { CachedTenantDirectory } from '../adapters/tenants/cached-tenant-directory.js';
import { FileTenantDirectory } from '../adapters/tenants/file-tenant-directory.js';
import { HttpTenantDirectory } from '../adapters/tenants/http-tenant-directory.js';
import type { TenantChange } from '../adapters/tenants/tenant-changes.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { TenantDirectory } from '../application/ports/tenant-directory.js';
import { defaultPrompts, recordingWords } from '../config/default-prompts.js';
import type { Config } from '../config/gateway-schema.js';
import type { InstalledSpeech } from '../config/check-speech.js';
import { loadTenant } from '../config/load-tenant.js';
import { tenantId } from '../domain/shared/ids.js';
import type { Audit } from './audit.js';
import type { Runtime } from './runtime.js';

/** Where domain events go. */
export async function openPublisher(config: Config, { clock, log, metrics }: Runtime, signal: AbortSignal): Promise<EventPublisher> {
  if (config.events.kind === 'kafka') return openKafka(config, { clock, log, metrics });
  const { directory, rotateBytes, queueEventsMax } = config.events;
  return FileEventPublisher.open({ directory, rotateBytes, queueEventsMax, nodeName: config.node.name, clock, logger: log, metrics }, signal);
}

async function openKafka({ events: { kafka, queueEventsMax }, node }: Config, { clock, log, metrics }: Pick<Runtime, 'clock' | 'log' | 'metrics'>): Promise<EventPublisher> {
  // Loaded when needed: most machines never talk to Kafka, and kafkajs is changed as it is loaded.
  const { KafkaEventPublisher } = await import('../adapters/events/kafka/kafka-event-publisher.js');
  return KafkaEventPublisher.open({
    brokers: kafka.brokers, topicPrefix: kafka.topicPrefix, createTopics: kafka.createTopics,
    tls: kafka.tls ? { ...(kafka.tlsAuthority === null ? {} : { ca: readFileSync(kafka.tlsAuthority, 'utf8') }) } : null,
    sasl: kafka.saslMechanism === 'none' ? null : { mechanism: kafka.saslMechanism, username: kafka.saslUsername ?? '', password: kafka.saslPassword?.reveal() ?? '' },
    directory: kafka.spoolDirectory, spoolBytesMax: kafka.spoolBytesMax, memoryEventsMax: kafka.memoryEventsMax, queueEventsMax,
    nodeName: node.name, clock, logger: log, metrics,
  });
}

/** One after the other: a directory that is copied anew must not fill the queue. */
async function recordReloads(changes: readonly TenantChange[], audit: Pick<Audit, 'recordOwn'>): Promise<void> {
  for (const { tenantId: id, before, after } of changes) await audit.recordOwn({ act: 'reloadTenant', tenantId: id, subject: id, change: { before, after } });
}

/** Who the tenants are: files, or the tenant-manager behind a cache. Configuration allows exactly one. Files that name a voice which is not in `installed` are faulty. */
export function openTenants(config: Config, { clock, log, metrics, audit }: Runtime & { readonly audit: Pick<Audit, 'recordOwn'> }, installed: InstalledSpeech | null, signal: AbortSignal): Promise<TenantDirectory> {
  const { tenants } = config;
  if (tenants.directory !== null) {
    return FileTenantDirectory.open({
      directory: tenants.directory, onChange: (changes) => { void recordReloads(changes, audit); },
      reloadIntervalMs: tenants.reloadIntervalMs, clock, logger: log,
      load: (file) => loadTenant({ file, readFile: (path) => readFileSync(path, 'utf8'), ...(installed === null ? {} : { speech: installed }) }),
    }, signal);
  }
  const manager = new HttpTenantDirectory({
    baseUrl: tenants.managerUrl ?? '', token: tenants.token?.reveal() ?? null, requestTimeoutMs: tenants.requestTimeoutMs,
    served: tenants.served.map(tenantId), words: { prompts: defaultPrompts, recording: recordingWords }, clock, logger: log, metrics,
  });
  return Promise.resolve(new CachedTenantDirectory(manager, {
    clock, logger: log, ttlMs: tenants.cacheTtlMs, negativeTtlMs: tenants.negativeCacheTtlMs, staleMaxMs: tenants.staleMaxMs,
  }));
}
