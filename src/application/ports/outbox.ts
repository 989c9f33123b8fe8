import type { DomainEvent } from '../../domain/shared/domain-event.js';

/** One event that waits to be carried out. `position` names it in the outbox and grows with each entry. */
export interface OutboxEntry {
  readonly position: string;
  readonly event: DomainEvent;
}

/**
 * The events of all nodes that `CallRepository` has stored together with the state they belong to, in one row. One relay
 * among the nodes carries them out: it leads, reads the oldest, delivers them, and removes what was acknowledged. An entry
 * stays until it is removed, so a relay that dies is followed by another that begins with the same entries: at least once.
 * Order of entries is order per call. Throws PortError `outbox/*`.
 */
export interface Outbox {
  /**
   * Takes the lead for `ttlMs` when nobody has it, or prolongs it when `holder` has it. False: another leads, or the lead was lost
   * to another meanwhile. Ask again about three times per `ttlMs`. `holder` is unique per process start.
   */
  lead(holder: string, ttlMs: number, signal: AbortSignal): Promise<boolean>;
  /** Gives the lead up, so that another need not wait for its end. Nothing happens when `holder` does not have it. */
  resign(holder: string, signal: AbortSignal): Promise<void>;
  /** The oldest entries, at most `limit`, in order; they stay. Refused with `outbox/not-leading` (rejected) unless `holder` leads. */
  read(holder: string, limit: number, signal: AbortSignal): Promise<readonly OutboxEntry[]>;
  /** Removes what was delivered. Unknown positions are ignored: a former leader may still say what it has delivered. */
  remove(positions: readonly string[], signal: AbortSignal): Promise<void>;
  /** Entries that wait. */
  depth(signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
