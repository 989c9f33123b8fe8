import { type FileHandle, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditSeal } from '../../../src/adapters/audit/audit-seal.js';
import { FileAuditTrail, type FileAuditTrailOptions } from '../../../src/adapters/audit/file-audit-trail.js';
import { type ChainReport, verifyAudit } from '../../../src/adapters/audit/verify-audit.js';
import { anAuditEntry } from '../../support/builders/an-audit-entry.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** A directory with the chain of one node, and a disk that can be made to fail. */
export class AuditScene {
  readonly clock = new VirtualClock();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  /** While true every write fails half way. */
  full = false;
  syncs = 0;
  private readonly trails: FileAuditTrail[] = [];

  private constructor(readonly directory: string) {}

  static async create(): Promise<AuditScene> {
    return new AuditScene(await mkdtemp(join(tmpdir(), 'voice-gateway-audit-')));
  }

  async open(options: Partial<FileAuditTrailOptions> = {}): Promise<FileAuditTrail> {
    const trail = await FileAuditTrail.open({
      directory: this.directory, nodeName: 'node-1', seal: new AuditSeal(null), retentionDays: 30, clock: this.clock, logger: this.logger, metrics: this.metrics,
      openFile: this.openFile, ...options,
    }, new AbortController().signal);
    this.trails.push(trail);
    return trail;
  }

  /** A chain with entries for each of `subjects`, closed. */
  async written(subjects: readonly string[], options: Partial<FileAuditTrailOptions> = {}): Promise<void> {
    const trail = await this.open(options);
    for (const subject of subjects) await trail.record(anAuditEntry({ subject }), new AbortController().signal);
    await trail.close();
  }

  async report(key: string | null = null): Promise<ChainReport> {
    const [report] = await verifyAudit(this.directory, new AuditSeal(key));
    if (report === undefined) throw new Error('there is no chain');
    return report;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async files(): Promise<readonly string[]> {
    return (await readdir(this.directory)).filter((name) => name.endsWith('.ndjson')).sort();
  }

  async lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const texts = await Promise.all((await this.files()).map((name) => readFile(this.path(name), 'utf8')));
    return texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    for (const trail of this.trails) await trail.close();
    await rm(this.directory, { recursive: true });
  }

  private readonly openFile: typeof open = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.write.bind(handle) as (data: Uint8Array, offset: number, length?: number) => ReturnType<FileHandle['write']>;
    const datasync = handle.datasync.bind(handle);
    handle.write = (async (data: Uint8Array, offset: number) => {
      if (!this.full) return write(data, offset);
      if (offset === 0) return write(data, 0, Math.ceil(data.length / 2));
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }) as never;
    handle.datasync = () => {
      this.syncs += 1;
      return datasync();
    };
    return handle;
  };
}
