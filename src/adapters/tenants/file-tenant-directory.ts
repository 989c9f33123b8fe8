import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { PortError } from '../../application/ports/port-error.js';
import type { TenantDirectory } from '../../application/ports/tenant-directory.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { normaliseNumber } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import { type TenantChange, tenantChanges } from './tenant-changes.js';
import { indexTenants, type TenantFileFault, type TenantIndex } from './tenant-index.js';

const FILES_MAX = 10_000;
/** No file has this signature. */
const NEVER_READ = '';

/** What reading one tenant file gives; composition passes the loader of `src/config`. */
export type TenantFileResult =
  | { readonly ok: true; readonly value: { readonly tenant: Tenant; /** Everything that was read. */ readonly files: readonly string[] } }
  | { readonly ok: false; readonly faults: readonly TenantFileFault[] };

export interface FileTenantDirectoryOptions {
  /** Every `*.yaml` and `*.yml` in it is one tenant. */
  readonly directory: string;
  readonly load: (file: string) => TenantFileResult;
  readonly reloadIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told after a look that found tenants other than before; not of the first one. */
  readonly onChange?: (changes: readonly TenantChange[]) => void;
}

interface Entry {
  readonly file: string;
  readonly files: readonly string[];
  readonly signature: string;
  /** The last good version; a faulty new one does not take it away. */
  readonly tenant: Tenant | null;
  readonly faults: readonly TenantFileFault[];
}

/**
 * Tenants from files, looked at again every `reloadIntervalMs` (polling works on every file system and with mounted
 * ConfigMaps). One faulty file costs its own tenant's change only: the version before stays, and the fault is logged.
 */
export class FileTenantDirectory implements TenantDirectory {
  private entries: readonly Entry[] = [];
  private index: TenantIndex = indexTenants([]);
  private scanning: Promise<void> | null = null;
  private cancelScan: Cancel = () => undefined;
  private closed = false;
  private unreadable = false;

  private constructor(private readonly options: FileTenantDirectoryOptions) {}

  /** @throws PortError `tenant-directory/unreadable`; `tenant-directory/no-tenants` when no file gives a tenant, with every fault. */
  static async open(options: FileTenantDirectoryOptions, signal: AbortSignal): Promise<FileTenantDirectory> {
    const directory = new FileTenantDirectory(options);
    await directory.scan();
    if (signal.aborted) throw aborted();
    if (directory.index.tenants.length === 0) {
      const faults = directory.faults.map((fault) => `\n${fault}`).join('');
      throw new PortError(`${options.directory} holds no valid tenant file (*.yaml)${faults}`, { code: 'tenant-directory/no-tenants', kind: 'not-found' });
    }
    directory.scheduleScan();
    return directory;
  }

  async findByDid(dialledNumber: string, _trunk: string, signal: AbortSignal): Promise<Tenant | null> {
    await this.usable(signal);
    return this.index.byNumber.get(normaliseNumber(dialledNumber)) ?? null;
  }

  async findById(id: TenantId, signal: AbortSignal): Promise<Tenant | null> {
    await this.usable(signal);
    return this.index.byId.get(id) ?? null;
  }

  async list(signal: AbortSignal): Promise<readonly Tenant[]> {
    await this.usable(signal);
    return this.index.tenants;
  }

  /** What is wrong with the files now; empty when all is well. */
  get faults(): readonly string[] {
    return [...this.entries.flatMap((entry) => entry.faults), ...this.index.faults].map(describe);
  }

  /** Looks at the files now. One look at a time: a call during one waits for it and is content with it. */
  async reload(): Promise<void> {
    try {
      await this.scan();
      this.unreadable = false;
    } catch (error) {
      if (!this.unreadable) this.options.logger.error('tenant directory cannot be read: tenants stay as they were', { directory: this.options.directory }, error);
      this.unreadable = true;
    }
  }

  /** As `reload`, by a look that begins after this call. */
  async reloadAfresh(): Promise<void> {
    await this.scanning?.catch(() => undefined); // told by whoever began it
    await this.reload();
  }

  /** The file that is the tenant; null: none is. */
  fileOf(id: TenantId): string | null {
    const tenant = this.index.byId.get(id);
    return this.entries.find((entry) => entry.tenant !== null && entry.tenant === tenant)?.file ?? null;
  }

  /** Whose the number is; null: nobody's. */
  ownerOf(number: string): TenantId | null {
    return this.index.byNumber.get(normaliseNumber(number))?.id ?? null;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelScan();
    await this.scanning?.catch(() => undefined); // told by reload; closing only waits for it
  }

  private scheduleScan(): void {
    if (this.closed) return;
    this.cancelScan = this.options.clock.after(this.options.reloadIntervalMs, () => {
      void this.reload().finally(() => { this.scheduleScan(); });
    });
  }

  private scan(): Promise<void> {
    this.scanning ??= this.look().finally(() => { this.scanning = null; });
    return this.scanning;
  }

  private async look(): Promise<void> {
    const files = await this.listFiles();
    const known = new Map(this.entries.map((entry) => [entry.file, entry]));
    const entries: Entry[] = [];
    let changed = files.length !== known.size;
    for (const file of files) {
      const before = known.get(file) ?? { file, files: [file], signature: NEVER_READ, tenant: null, faults: [] };
      const entry = await this.lookAt(file, before);
      changed ||= entry !== before;
      entries.push(entry);
    }
    if (!changed || this.closed) return;
    const before = this.index;
    const isFirst = this.entries.length === 0;
    this.entries = entries;
    this.index = indexTenants(entries.flatMap(({ file, tenant }) => (tenant === null ? [] : [{ file, tenant }])));
    for (const { source, message, fix } of this.index.faults) this.options.logger.error('tenant files contradict each other: the first one has its way', { source, fault: message, fix });
    if (!isFirst) this.options.onChange?.(tenantChanges(before, this.index));
    this.options.logger.info('tenants loaded', { tenants: this.index.tenants.length, files: files.length });
  }

  private async listFiles(): Promise<readonly string[]> {
    let names: readonly string[];
    try {
      names = await readdir(this.options.directory);
    } catch (cause) {
      throw new PortError(`cannot read ${this.options.directory}: tenants.directory must be a directory with tenant files (*.yaml)`, { code: 'tenant-directory/unreadable', kind: 'unavailable', cause });
    }
    return names.filter((name) => /^[^.].*\.ya?ml$/u.test(name)).sort().slice(0, FILES_MAX).map((name) => join(this.options.directory, name));
  }

  /** `before` itself when nothing is new. A faulty file is read each time: what it lacks may be another file. */
  private async lookAt(file: string, before: Entry): Promise<Entry> {
    // Taken before reading: a change during the reading is then seen at the next look.
    const signature = await signatureOf(before.files);
    if (before.signature === signature && before.faults.length === 0) return before;
    const result = this.options.load(file);
    if (!result.ok) {
      if (isSame(before.faults, result.faults)) return before;
      for (const fault of result.faults) this.tell(fault);
      return { ...before, signature, faults: result.faults };
    }
    const { tenant, files } = result.value;
    const complete = isSame(files, before.files) ? signature : await signatureOf(files);
    return { file, files, signature: complete, tenant, faults: [] };
  }

  private tell({ source, line, column, message, fix }: TenantFileFault): void {
    this.options.logger.error('tenant file is faulty: what was valid before stays', { source, line, column, fault: message, fix });
  }

  private async usable(signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // an answer never comes within the turn of the question
    if (this.closed) throw new PortError('the directory is closed', { code: 'tenant-directory/closed', kind: 'unavailable', retryable: false });
    if (signal.aborted) throw aborted();
  }
}

async function signatureOf(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(files.map(async (file) => {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      return `${mtimeMs}:${size}:${ino}`;
    } catch {
      return 'gone'; // vanished since it was listed, or never there: its coming back is a change
    }
  }));
  return parts.join(' ');
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function describe({ source, line, message, fix }: TenantFileFault): string {
  return `${source}${line === null ? '' : `:${line}`}: ${message} (fix: ${fix})`;
}

function aborted(): PortError {
  return new PortError('the request was aborted', { code: 'tenant-directory/aborted', kind: 'timeout', retryable: false });
}
