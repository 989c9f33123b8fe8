import { readFileSync } from 'node:fs';
import { CachedTenantDirectory } from '../adapters/tenants/cached-tenant-directory.js';
import { FileTenantDirectory } from '../adapters/tenants/file-tenant-directory.js';
import { FileTenantEditor } from '../adapters/tenants/file-tenant-editor.js';
import { HttpTenantDirectory } from '../adapters/tenants/http-tenant-directory.js';
import { ReadOnlyTenantEditor } from '../adapters/tenants/read-only-tenant-editor.js';
import type { TenantChange } from '../adapters/tenants/tenant-changes.js';
import type { TenantDirectory } from '../application/ports/tenant-directory.js';
import type { TenantEditor } from '../application/ports/tenant-editor.js';
import { checkEditedTenant } from '../config/check-edited-tenant.js';
import { defaultPrompts, recordingWords } from '../config/default-prompts.js';
import type { Config } from '../config/gateway-schema.js';
import { loadTenant } from '../config/load-tenant.js';
import { TenantText } from '../config/tenant-text.js';
import { tenantId } from '../domain/shared/ids.js';
import type { Audit } from './audit.js';
import { installedSpeech } from './installed-speech.js';
import type { Runtime } from './runtime.js';

export interface Tenants {
  readonly directory: TenantDirectory;
  readonly editor: TenantEditor;
  close(): Promise<void>;
}

export interface TenantsNeeds {
  readonly audit: Pick<Audit, 'recordOwn'>;
  /** Whether tenants may only name voices that this gateway has. */
  readonly checksSpeech: boolean;
  /** Told of tenants that are other than before. */
  readonly onChange: (tenantIds: readonly TenantChange['tenantId'][]) => void;
}

/** Who the tenants are: files, or the tenant-manager behind a cache. Configuration allows exactly one. */
export async function openTenants(config: Config, runtime: Runtime, needs: TenantsNeeds, signal: AbortSignal): Promise<Tenants> {
  const { directory } = config.tenants;
  if (directory !== null) return openFiles({ directory, config, ...runtime, ...needs }, signal);
  const cached = openManager(config, runtime);
  return { directory: cached, editor: new ReadOnlyTenantEditor(), close: () => cached.close() };
}

interface FilesNeeds extends TenantsNeeds, Pick<Runtime, 'clock' | 'log'> {
  readonly directory: string;
  readonly config: Config;
}

async function openFiles({ directory, config, clock, log, audit, checksSpeech, onChange }: FilesNeeds, signal: AbortSignal): Promise<Tenants> {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const speech = checksSpeech ? { speech: installedSpeech(config) } : {};
  const files = await FileTenantDirectory.open({
    directory, reloadIntervalMs: config.tenants.reloadIntervalMs, clock, logger: log,
    onChange: (changes) => {
      void recordReloads(changes, audit);
      onChange(changes.map((change) => change.tenantId));
    },
    load: (file) => loadTenant({ file, readFile, ...speech }),
  }, signal);
  const editor = new FileTenantEditor({
    directory, tenants: files, clock,
    format: {
      parse: (file, text) => TenantText.parse(file, text),
      check: (file, text, before) => checkEditedTenant(text, before, { file, readFile, ...(checksSpeech ? { speechOf: (id) => installedSpeech(config, id) } : {}) }),
    },
  });
  return { directory: files, editor, close: () => files.close() };
}

function openManager({ tenants }: Config, { clock, log, metrics }: Runtime): TenantDirectory {
  const manager = new HttpTenantDirectory({
    baseUrl: tenants.managerUrl ?? '', token: tenants.token?.reveal() ?? null, requestTimeoutMs: tenants.requestTimeoutMs,
    served: tenants.served.map(tenantId), words: { prompts: defaultPrompts, recording: recordingWords }, clock, logger: log, metrics,
  });
  return new CachedTenantDirectory(manager, {
    clock, logger: log, ttlMs: tenants.cacheTtlMs, negativeTtlMs: tenants.negativeCacheTtlMs, staleMaxMs: tenants.staleMaxMs,
  });
}

/** One after the other: a directory that is copied anew must not fill the queue. */
async function recordReloads(changes: readonly TenantChange[], audit: Pick<Audit, 'recordOwn'>): Promise<void> {
  for (const { tenantId: id, before, after } of changes) await audit.recordOwn({ act: 'reloadTenant', tenantId: id, subject: id, change: { before, after } });
}
