import type { CallId, TenantId } from '../../domain/shared/ids.js';

/** A person, as one tenant knows them. */
export interface Subject {
  readonly tenantId: TenantId;
  readonly number: string;
  /** Calls that are known to have been from or to the number. */
  readonly callIds: ReadonlySet<CallId>;
}

export interface Forgotten {
  readonly count: number;
  /** Calls that were found to be theirs. */
  readonly callIds: readonly CallId[];
}

/** Something that knows people by their number, and can forget one. */
export interface SubjectEraser {
  /** What it forgets: plural, as the answer names it. */
  readonly what: 'recordings' | 'calls' | 'events';
  readonly erase: (subject: Subject, signal: AbortSignal) => Promise<Forgotten>;
}

export type Erased = Readonly<Record<SubjectEraser['what'], number>>;
