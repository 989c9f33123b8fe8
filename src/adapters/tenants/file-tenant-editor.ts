import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import type { Clock } from '../../application/ports/clock.js';
import { isPortError, PortError } from '../../application/ports/port-error.js';
import type { EditFault, EditOutcome, EditRefusal, Settings, TenantEdit, TenantEditor, TenantPart, WrittenSettings } from '../../application/ports/tenant-editor.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { governedChanges } from '../../domain/tenant/governed-changes.js';
import { normaliseNumber } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import { EditFile, isReadOnly } from './edit-file.js';
import type { FileTenantDirectory, TenantFileResult } from './file-tenant-directory.js';
import type { TenantFileFault } from './tenant-index.js';

/** Edits that wait for the one under way, of all tenants. */
const WAITING_MAX = 20;

/** A tenant file as text, see `TenantText` of `src/config`. */
export interface EditableText {
  readonly settings: Settings;
  readonly agentCount: number;
  agent(id: string): Settings | null;
  indexOf(id: string): number;
  isRoutedTo(id: string): boolean;
  withSettings(settings: Settings): string;
  withAgent(id: string, settings: Settings | null): string;
}

/** How tenant files are written; composition passes that of `src/config`. */
export interface TenantFileFormat {
  parse(file: string, text: string): EditableText | readonly TenantFileFault[];
  /** `source` of each fault is a path such as `agents[0].speech.voice`. */
  check(file: string, text: string, before: string): TenantFileResult;
}

export interface FileTenantEditorOptions {
  readonly directory: string;
  readonly tenants: Pick<FileTenantDirectory, 'fileOf' | 'ownerOf' | 'reloadAfresh'>;
  readonly format: TenantFileFormat;
  readonly clock: Clock;
}

/**
 * Edits the files that a `FileTenantDirectory` reads. One edit at a time in a directory, of all gateways that share it; somebody who
 * writes a file by hand in the very moment is not seen. A file that is a link (a mounted ConfigMap) belongs to somebody else.
 */
export class FileTenantEditor implements TenantEditor {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly options: FileTenantEditorOptions) {}

  async read(tenantId: TenantId, part: TenantPart): Promise<WrittenSettings | 'not-found'> {
    const found = await this.fileOf(tenantId);
    return found === null ? 'not-found' : writtenIn(found.text, part) ?? 'not-found';
  }

  async edit(tenantId: TenantId, edit: TenantEdit, signal: AbortSignal): Promise<EditOutcome> {
    if (this.waiting >= WAITING_MAX) return { refused: 'busy' };
    this.waiting += 1;
    const turn = this.last.then(() => this.inTurn(tenantId, edit, signal)).finally(() => { this.waiting -= 1; });
    this.last = turn.catch(() => undefined); // told to who asked for it
    return turn;
  }

  private async inTurn(tenantId: TenantId, edit: TenantEdit, signal: AbortSignal): Promise<EditOutcome> {
    if (signal.aborted) throw new PortError('the request was aborted', { code: 'tenant-editor/aborted', kind: 'timeout', retryable: false });
    const { directory, clock, tenants } = this.options;
    try {
      const held = await EditFile.take(directory, Date.parse(clock.wallTime()));
      if (held === null) return { refused: 'busy' };
      let outcome: EditOutcome;
      try {
        await tenants.reloadAfresh(); // whose which number is, is decided by the files as they are
        outcome = await this.carryOut(tenantId, edit, held);
      } finally {
        await held.release();
      }
      if (!('refused' in outcome)) await tenants.reloadAfresh();
      return outcome;
    } catch (error) {
      if (isReadOnly(error)) return { refused: 'read-only' };
      if (isPortError(error)) throw error;
      throw new PortError('a tenant file cannot be written', { code: 'tenant-editor/unwritable', kind: 'unavailable', cause: error });
    }
  }

  private async carryOut(tenantId: TenantId, edit: TenantEdit, held: EditFile): Promise<EditOutcome> {
    const found = await this.fileOf(tenantId);
    if (found === null) return { refused: 'not-found' };
    const { file, text } = found;
    const there = writtenIn(text, edit.part)?.version ?? null;
    const refusal = versionRefusal(there, edit) ?? refusalOf(text, edit);
    if (refusal !== null) return refusal;
    const edited = editedText(text, edit);
    const judgement = this.judge({ ...found, edited }, tenantId, edit);
    if (judgement !== null) return judgement;
    if ((await lstat(file)).isSymbolicLink()) return { refused: 'read-only' };
    await held.replace(file, edited);
    return { before: there, after: writtenIn(this.parsed(file, edited), edit.part)?.version ?? null };
  }

  /** Null: all is well. */
  private judge({ file, raw, edited, text }: Draft, tenantId: TenantId, { part, governs }: TenantEdit): EditRefusal | null {
    const { format } = this.options;
    const after = format.check(file, edited, raw);
    const placeIn = placesOf(text, part);
    if (!after.ok) return { refused: 'faulty', faults: after.faults.map(({ source, message, fix }) => ({ at: placeIn(source), message: `${message} (${fix})` })) };
    const { tenant } = after.value;
    if (tenant.id !== tenantId) return { refused: 'faulty', faults: [{ at: 'tenant.id', message: 'a tenant keeps its id' }] };
    const before = format.check(file, raw, raw);
    const excess = governs ? null : excessOf(before, tenant);
    if (excess !== null) return excess;
    const taken = this.numbersOfOthers(tenant, before.ok ? before.value.tenant : null);
    return taken.length === 0 ? null : { refused: 'faulty', faults: taken };
  }

  private numbersOfOthers(after: Tenant, before: Tenant | null): readonly EditFault[] {
    const had = new Set(before?.dids.map(({ number }) => normaliseNumber(number)));
    return after.dids.flatMap(({ number }, index) => {
      const owner = this.options.tenants.ownerOf(number);
      if (owner === null || owner === after.id || had.has(normaliseNumber(number))) return [];
      return [{ at: `dids[${index}].number`, message: `belongs to ${owner} already` }];
    });
  }

  private async fileOf(tenantId: TenantId): Promise<TenantFile | null> {
    const file = this.options.tenants.fileOf(tenantId);
    if (file === null) return null;
    try {
      const raw = await readFile(file, 'utf8');
      return { file, raw, text: this.parsed(file, raw) };
    } catch (cause) {
      throw new PortError('a tenant file cannot be read', { code: 'tenant-editor/unreadable', kind: 'unavailable', cause });
    }
  }

  private parsed(file: string, raw: string): EditableText {
    const text = this.options.format.parse(file, raw);
    if ('settings' in text) return text;
    throw new Error(`${file} is no YAML`);
  }
}

interface TenantFile {
  readonly file: string;
  readonly raw: string;
  readonly text: EditableText;
}

interface Draft extends TenantFile {
  readonly edited: string;
}

function versionRefusal(there: string | null, { settings, expected }: TenantEdit): EditRefusal | null {
  if (there === expected && there !== null) return null;
  if (there === null && settings === null) return { refused: 'not-found' };
  return there === expected ? null : { refused: 'changed' };
}

function editedText(text: EditableText, { part, settings }: TenantEdit): string {
  if (part.kind === 'settings') return text.withSettings(settings ?? {});
  return text.withAgent(part.agentId, settings === null ? null : { id: part.agentId, ...settings });
}

/** What the edit itself forbids, whatever is in the settings. */
function refusalOf(text: EditableText, { part, settings }: TenantEdit): EditRefusal | null {
  if (part.kind === 'settings') {
    const strange = ['id', 'agents'].filter((name) => Object.hasOwn(settings ?? {}, name));
    return strange.length === 0 ? null : { refused: 'faulty', faults: strange.map((at) => ({ at, message: 'is not among the settings of the tenant itself' })) };
  }
  if (settings === null) return text.isRoutedTo(part.agentId) || text.agentCount === 1 ? { refused: 'in-use' } : null;
  if (!Object.hasOwn(settings, 'id') || settings['id'] === part.agentId) return null;
  return { refused: 'faulty', faults: [{ at: 'id', message: `has to be ${part.agentId}, or missing` }] };
}

/** What somebody who does not govern has changed all the same; a file that is faulty cannot be compared. */
function excessOf(before: TenantFileResult, after: Tenant): EditRefusal | null {
  if (!before.ok) return { refused: 'faulty', faults: before.faults.map(({ source, message }) => ({ at: `tenant.${source}`, message: `is faulty as it is: ${message}` })) };
  const settings = governedChanges(before.value.tenant, after);
  return settings.length === 0 ? null : { refused: 'governed', settings };
}

function writtenIn(text: EditableText, part: TenantPart): WrittenSettings | null {
  const settings = part.kind === 'agent' ? text.agent(part.agentId) : text.settings;
  return settings === null ? null : { settings, version: versionOf(settings) };
}

/** Of what is said, not of how: a comment makes no other version. */
function versionOf(settings: Settings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

/** From places in the file to places in what was sent. */
function placesOf(text: EditableText, part: TenantPart): (path: string) => string {
  if (part.kind === 'settings') return (path) => (path === '' || /^(?:id|agents)\b/u.test(path) ? `tenant.${path}` : path);
  const index = text.indexOf(part.agentId);
  const own = `agents[${index === -1 ? text.agentCount : index}]`;
  return (path) => {
    if (path === own) return '';
    return path.startsWith(`${own}.`) ? path.slice(own.length + 1) : `tenant.${path}`;
  };
}
