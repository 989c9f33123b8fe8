import { createHash } from 'node:crypto';
import type { EditOutcome, Settings, TenantEdit, TenantEditor, TenantPart, WrittenSettings } from '../../../src/application/ports/tenant-editor.js';
import type { TenantId } from '../../../src/domain/shared/ids.js';

/** Settings as the test has them; takes whatever it is given that is well versioned. */
export class MemoryTenantEditor implements TenantEditor {
  readonly edits: TenantEdit[] = [];
  /** In the place of an edit, while set. */
  refusal: EditOutcome | null = null;
  private readonly parts = new Map<string, WrittenSettings>();

  put(tenantId: TenantId, part: TenantPart, settings: Settings, version = versionOf(settings)): void {
    this.parts.set(keyOf(tenantId, part), { settings, version });
  }

  read(tenantId: TenantId, part: TenantPart): Promise<WrittenSettings | 'read-only' | 'not-found'> {
    return Promise.resolve(this.parts.get(keyOf(tenantId, part)) ?? 'not-found');
  }

  edit(tenantId: TenantId, edit: TenantEdit): Promise<EditOutcome> {
    return Promise.resolve(this.outcomeOf(tenantId, edit));
  }

  private outcomeOf(tenantId: TenantId, edit: TenantEdit): EditOutcome {
    this.edits.push(edit);
    if (this.refusal !== null) return this.refusal;
    const { part, settings, expected } = edit;
    const own = this.parts.get(keyOf(tenantId, { kind: 'settings' }));
    if (own === undefined) return { refused: 'not-found' };
    const before = this.versionOf(tenantId, part);
    if (before === null && settings === null) return { refused: 'not-found' };
    if (before !== expected) return { refused: 'changed' };
    if (settings === null) return this.remove(tenantId, part, own);
    this.put(tenantId, part, part.kind === 'agent' ? { id: part.agentId, ...settings } : settings);
    return { before, after: this.versionOf(tenantId, part) };
  }

  private versionOf(tenantId: TenantId, part: TenantPart): string | null {
    return this.parts.get(keyOf(tenantId, part))?.version ?? null;
  }

  private remove(tenantId: TenantId, part: TenantPart, own: WrittenSettings): EditOutcome {
    const dids = (own.settings['dids'] ?? []) as readonly { readonly agent: string }[];
    const agents = [...this.parts.keys()].filter((key) => key.startsWith(`${tenantId} agent `));
    if (part.kind === 'agent' && (agents.length === 1 || dids.some(({ agent }) => agent === part.agentId))) return { refused: 'in-use' };
    const before = this.versionOf(tenantId, part);
    this.parts.delete(keyOf(tenantId, part));
    return { before, after: null };
  }
}

function keyOf(tenantId: TenantId, part: TenantPart): string {
  return part.kind === 'agent' ? `${tenantId} agent ${part.agentId}` : `${tenantId} settings`;
}

function versionOf(settings: Settings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}
