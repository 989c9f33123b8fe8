import { AuditSeal } from '../adapters/audit/audit-seal.js';
import { FileAuditReader } from '../adapters/audit/file-audit-reader.js';
import { FileAuditTrail } from '../adapters/audit/file-audit-trail.js';
import { type ChainReport, verifyAudit } from '../adapters/audit/verify-audit.js';
import type { AuditReader } from '../application/ports/audit-reader.js';
import type { AuditEntry, AuditTrail } from '../application/ports/audit-trail.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

/** What nobody asked for by HTTP may wait so long for the disk. */
const OWN_ENTRY_MS_MAX = 5000;

/** What the gateway does of itself, or because the machine told it to. */
export interface OwnAct {
  readonly act: 'startGateway' | 'drainGateway' | 'stopGateway' | 'reloadTenant';
  readonly tenantId?: AuditEntry['tenantId'];
  readonly subject?: string;
  readonly code?: string;
  readonly change?: NonNullable<AuditEntry['change']>;
}

export interface Audit {
  readonly trail: AuditTrail;
  readonly reader: AuditReader;
  /** Keeps an act of the gateway itself. Never throws: a disk that does not take it stops no call, and is told in the log. */
  recordOwn(act: OwnAct): Promise<void>;
  close(): Promise<void>;
}

/** The audit trail of this node. */
export async function openAudit(config: Config, { clock, log, metrics }: Pick<Runtime, 'clock' | 'log' | 'metrics'>, signal: AbortSignal): Promise<Audit> {
  const { directory, key, retentionDays } = config.audit;
  const nodeName = config.node.name;
  const trail = await FileAuditTrail.open({ directory, nodeName, retentionDays, seal: new AuditSeal(key?.reveal() ?? null), clock, logger: log, metrics }, signal);
  return {
    trail,
    reader: new FileAuditReader({ directory, nodeName }),
    recordOwn: async ({ act, tenantId = null, subject = nodeName, code = '', change }) => {
      const entry: AuditEntry = {
        actor: { subject: 'voice-gateway', role: 'system' }, tenantId, act, subject, outcome: 'done', code, requestId: '', ...(change === undefined ? {} : { change }),
      };
      await trail.record(entry, AbortSignal.timeout(OWN_ENTRY_MS_MAX)).catch((error: unknown) => { log.error('an act is missing in the audit trail', { act }, error); });
    },
    close: () => trail.close(),
  };
}

/** Follows every chain in a directory; `key` as `audit.key` was. Throws what the file system throws. */
export function verifyAuditDirectory(directory: string, key: string | null): Promise<readonly ChainReport[]> {
  return verifyAudit(directory, new AuditSeal(key));
}
