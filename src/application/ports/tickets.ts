import type { Identity } from '../../domain/access/identity.js';

/** For a client that cannot send a header (a browser's EventSource or audio element): good for one use, for a moment. */
export const TICKET_TTL_MS = 30_000;

/** Throws PortError `tickets/*`. */
export interface Tickets {
  /** A secret of at least 128 bits, in characters that a URL may hold. */
  issue(identity: Identity, signal: AbortSignal): Promise<string>;
  /** Whose it was; null when it never was, is used or too old, or `identity` has expired. It is used up by that, on every node. */
  redeem(ticket: string, signal: AbortSignal): Promise<Identity | null>;
  close(): Promise<void>;
}
