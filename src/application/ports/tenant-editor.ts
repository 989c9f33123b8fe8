import type { AgentId, TenantId } from '../../domain/shared/ids.js';

/** Settings as somebody wrote them: plain data, without the defaults. */
export type Settings = Readonly<Record<string, unknown>>;

export interface WrittenSettings {
  readonly settings: Settings;
  /** SHA-256 (hex) of `settings`: another version, another text. */
  readonly version: string;
}

/** What is edited: one agent, or what the tenant has beside its agents and its id. */
export type TenantPart = { readonly kind: 'agent'; readonly agentId: AgentId } | { readonly kind: 'settings' };

export interface TenantEdit {
  readonly part: TenantPart;
  /** Takes the place of what is there; null: away with it (agents only). */
  readonly settings: Settings | null;
  /** The version that the editor has seen; null: there must be none yet. */
  readonly expected: string | null;
  /** Whether it may change what costs money or reaches beyond the tenant, see `governedChanges`. */
  readonly governs: boolean;
}

/** `at`: place in the settings given; empty: all of them. Places outside of what was edited begin with `tenant`. */
export interface EditFault {
  readonly at: string;
  readonly message: string;
}

/**
 * `read-only`: the tenants are kept elsewhere. `changed`: it is not (any more) as expected. `in-use`: a number is answered by that agent,
 * or it is the last one. `governed`: more than this editor may change. `busy`: others are editing; ask again.
 */
export type EditRefusal =
  | { readonly refused: 'read-only' | 'not-found' | 'changed' | 'in-use' | 'busy' }
  | { readonly refused: 'governed'; readonly settings: readonly string[] }
  | { readonly refused: 'faulty'; readonly faults: readonly EditFault[] };

export interface Edited {
  /** SHA-256 (hex); null: it was not there, or is not any more. */
  readonly before: string | null;
  readonly after: string | null;
}

export type EditOutcome = Edited | EditRefusal;

/**
 * Changes settings of tenants where they are kept. All of an edit is done or nothing; of several who edit the same version one
 * has its way, the others are told `changed`. What is done is there for the next call of this node at once; nothing is taken that would
 * not be valid at start. Throws PortError `tenant-editor/*` when it cannot be read or written.
 */
export interface TenantEditor {
  read(tenantId: TenantId, part: TenantPart, signal: AbortSignal): Promise<WrittenSettings | 'read-only' | 'not-found'>;
  edit(tenantId: TenantId, edit: TenantEdit, signal: AbortSignal): Promise<EditOutcome>;
}

export function isEditRefusal(outcome: EditOutcome): outcome is EditRefusal {
  return 'refused' in outcome;
}
