import { mkdir, open, rm } from 'node:fs/promises';
import { InterruptiblePause } from '../../application/lifecycle/interruptible-pause.js';
import { orAborted } from '../../application/lifecycle/or-aborted.js';
import type { AuditEntry, AuditTrail } from '../../application/ports/audit-trail.js';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Metrics } from '../../application/ports/metrics.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import { auditFilesOf, headPath, writtenFilesOf } from './audit-files.js';
import { type AuditHead, writeHead } from './audit-head.js';
import { lineOf } from './audit-line.js';
import { AuditLogFile } from './audit-log-file.js';
import { firstEntryOf, resumeChain, type Resumption } from './audit-recovery.js';
import type { AuditSeal } from './audit-seal.js';
import { CHAIN_BROKEN } from './walk-chain.js';

/** Entries that wait for the disk; past it acts are refused. */
const QUEUE_ENTRIES_MAX = 1000;
const BATCH_ENTRIES_MAX = 200;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
const PRUNE_INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const ROTATE_BYTES = 16 * 1024 * 1024;

export interface FileAuditTrailOptions {
  readonly directory: string;
  /** Each node has a chain of its own, so that nodes may share a directory. */
  readonly nodeName: string;
  readonly seal: AuditSeal;
  /** Files whose day lies further back are removed; the chain then begins later, and its head says where. */
  readonly retentionDays: number;
  readonly rotateBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly openFile?: typeof open;
}

interface Waiting {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: PortError) => void;
}

/**
 * The audit trail as NDJSON files in which each line holds the digest of the one before, and a head that tells the end. All that
 * waits is written at once: lines, sync, head, sync; then those who wait are told. After a failure nothing is accepted until an
 * entry that tells of the gap could be written.
 */
export class FileAuditTrail implements AuditTrail {
  private readonly queue: Waiting[] = [];
  private readonly pause: InterruptiblePause;
  private readonly file: AuditLogFile;
  private head: AuditHead;
  private running: Promise<void> | null = null;
  private refused = 0;
  private failing = false;
  private pruneDue = true;
  private cancelPrune: Cancel = () => undefined;
  private closing: Promise<void> | null = null;

  private constructor(private readonly options: FileAuditTrailOptions, private readonly openFile: typeof open, { head, place }: Resumption) {
    this.head = head;
    this.pause = new InterruptiblePause(options.clock);
    this.file = new AuditLogFile({ directory: options.directory, node: options.nodeName, rotateBytes: options.rotateBytes ?? ROTATE_BYTES, openFile }, place);
  }

  /** @throws PortError `audit-trail/unavailable` (cannot be written or read), `audit-trail/key`. */
  static async open(options: FileAuditTrailOptions, signal: AbortSignal): Promise<FileAuditTrail> {
    const { directory, nodeName, seal, logger, openFile = open } = options;
    try {
      await mkdir(directory, { recursive: true, mode: 0o750 });
      const resumption = await resumeChain(directory, nodeName, seal);
      const trail = new FileAuditTrail(options, openFile, resumption);
      await trail.begin(resumption, signal);
      return trail;
    } catch (cause) {
      if (isPortError(cause) && cause.code === 'audit-trail/key') throw cause;
      logger.error('audit trail cannot be opened', { directory }, cause);
      throw new PortError(`cannot keep the audit trail in ${directory}. Fix: make audit.directory a directory that the gateway may write to, on a disk with room`, { code: 'audit-trail/unavailable', kind: 'unavailable', cause });
    }
  }

  get ready(): boolean {
    return !this.failing && this.closing === null && this.queue.length < QUEUE_ENTRIES_MAX;
  }

  async record(entry: AuditEntry, signal: AbortSignal): Promise<void> {
    if (!this.ready) throw unavailable(this.closing === null ? 'the disk does not take it' : 'the gateway is ending');
    try {
      await orAborted(this.enqueue(entry), signal);
    } catch (error) {
      throw isPortError(error) ? error : unavailable('the disk is too slow', error);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async begin({ notes }: Resumption, signal: AbortSignal): Promise<void> {
    const { directory, nodeName, seal, logger, metrics } = this.options;
    await writeHead(headPath(directory, nodeName), this.head, seal, this.openFile); // what cannot be written is better known now
    for (const { act, code } of notes) {
      if (act === CHAIN_BROKEN) logger.error('the audit trail was changed or has lost entries: voice-gateway audit verify tells where', { directory, why: code });
      else logger.warn('the audit trail was mended after a crash', { directory, what: code });
      await this.record(ownEntry(act, '', code, act === CHAIN_BROKEN ? 'failed' : 'done'), signal);
    }
    metrics.gauge('audit_ready', 1);
    // In the log too, which is kept elsewhere: a chain that is rewritten with its key contradicts it.
    logger.info('audit trail open', { directory, entries: this.head.last.sequence, digest: this.head.last.digest });
    this.schedulePrune();
    this.run();
  }

  private enqueue(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ entry, resolve, reject });
      this.run();
    });
  }

  private run(): void {
    this.running ??= this.work().finally(() => { this.running = null; if (this.queue.length > 0) this.run(); });
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0 || this.pruneDue) {
      const batch = this.queue.splice(0, BATCH_ENTRIES_MAX);
      try {
        if (batch.length > 0) await this.write(batch.map(({ entry }) => entry), this.head.first);
        for (const { resolve } of batch.splice(0)) resolve();
        if (this.pruneDue) await this.prune();
      } catch (error) {
        await this.outage(batch, error);
      }
    }
  }

  private async write(entries: readonly AuditEntry[], first: AuditHead['first']): Promise<void> {
    const { directory, nodeName, seal, clock, metrics } = this.options;
    const at = clock.wallTime();
    let { last } = this.head;
    let lines = '';
    for (const entry of entries) {
      const { line, digest } = lineOf(entry, { sequence: last.sequence + 1, node: nodeName, at, previous: last.digest }, seal);
      lines += line;
      last = { sequence: last.sequence + 1, digest };
    }
    await this.file.append(Buffer.from(lines, 'utf8'), at.slice(0, 'YYYY-MM-DD'.length));
    const head = { ...this.head, first, last };
    await writeHead(headPath(directory, nodeName), head, seal, this.openFile);
    this.file.settle();
    this.head = head;
    for (const { outcome } of entries) metrics.count('audit_entries_total', { outcome });
  }

  /** Resolves when entries can be kept again, or at the end. */
  private async outage(batch: readonly Waiting[], cause: unknown): Promise<void> {
    const { logger, metrics } = this.options;
    this.failing = true;
    metrics.gauge('audit_ready', 0);
    logger.error('audit entries cannot be kept: acts that need one are refused', {}, cause);
    for (const { reject } of [...batch, ...this.queue.splice(0)]) {
      this.refused += 1;
      reject(unavailable('the disk does not take it', cause));
    }
    for (let waitMs = RETRY_MIN_MS; this.failing && this.closing === null; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
      await this.file.forget();
      await this.pause.wait(waitMs);
      try {
        await this.write([ownEntry('auditResumed', '', `entries that could not be kept: ${this.refused}`)], this.head.first);
        this.failing = false;
        this.refused = 0;
      } catch {
        continue; // told once
      }
      metrics.gauge('audit_ready', 1);
      logger.info('audit entries are kept again');
    }
    await this.file.forget();
  }

  /** Removes whole files past their time. First the head says where the chain begins from now on, then they go. */
  private async prune(): Promise<void> {
    this.pruneDue = false;
    const { directory, nodeName, retentionDays, clock, logger } = this.options;
    const keptFrom = new Date(Date.parse(clock.wallTime()) - retentionDays * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
    const old = (await auditFilesOf(directory, nodeName)).filter(({ day }) => day < keptFrom);
    const kept = (await writtenFilesOf(directory, nodeName)).find(({ day }) => day >= keptFrom);
    const first = kept === undefined || old.length === 0 ? null : await firstEntryOf(kept);
    if (first === null) return; // the chain is never removed whole
    if (first.sequence > this.head.first.sequence) await this.write([ownEntry('auditPruned', `entries before ${first.sequence}`, `files: ${old.length}`)], first);
    for (const { path } of old) await rm(path, { force: true });
    logger.info('old audit files removed', { files: old.length });
  }

  private schedulePrune(): void {
    this.cancelPrune = this.options.clock.after(PRUNE_INTERVAL_MS, () => {
      this.pruneDue = true;
      this.run();
      this.schedulePrune();
    });
  }

  private async shut(): Promise<void> {
    const { logger } = this.options;
    this.cancelPrune();
    this.pause.end();
    await this.running;
    await this.file.close();
    logger.info('audit trail closed', { entries: this.head.last.sequence, digest: this.head.last.digest });
  }
}

function ownEntry(act: string, subject: string, code: string, outcome: AuditEntry['outcome'] = 'done'): AuditEntry {
  return { actor: { subject: 'voice-gateway', role: 'system' }, tenantId: null, act, subject, outcome, code, requestId: '' };
}

function unavailable(why: string, cause?: unknown): PortError {
  return new PortError(`the act could not be kept in the audit trail: ${why}`, { code: 'audit-trail/unavailable', kind: 'unavailable', ...(cause === undefined ? {} : { cause }) });
}
