import type { Response } from 'express';
import type { Metrics } from '../../../../application/ports/metrics.js';
import { Problem } from '../../problem.js';

/** Of one tenant (`platform`: of one subject; of a link: of one address). A browser needs one, a player one more. */
export const STREAMS_OF_CLIENT_MAX = 100;
/** Of all: half of the connections stay for what is answered at once. */
export const STREAMS_MAX = 1024;

/**
 * Streams and downloads that are open. Each holds a connection for as long as its client likes, and up to a mebibyte for one that
 * does not read: limits on requests alone would let one tenant take all of them from all others.
 */
export class StreamPlaces {
  private readonly held = new Map<string, number>();
  private all = 0;

  constructor(private readonly metrics: Metrics) {}

  /** A place until `response` is closed. @throws Problem `too-many-requests`. */
  take(client: string, response: Response): void {
    if (response.destroyed) return; // it has closed before, and will not do so again
    const held = this.held.get(client) ?? 0;
    if (held >= STREAMS_OF_CLIENT_MAX || this.all >= STREAMS_MAX) {
      this.metrics.count('api_limited_total', { limit: 'streams' });
      throw new Problem('too-many-requests', { detail: 'Too many streams are open: close some.', reason: 'streams', retryAfterMs: 5000 });
    }
    this.held.set(client, held + 1);
    this.all += 1;
    response.once('close', () => { this.leave(client); });
  }

  private leave(client: string): void {
    const left = (this.held.get(client) ?? 1) - 1;
    if (left === 0) this.held.delete(client); else this.held.set(client, left);
    this.all -= 1;
  }
}
