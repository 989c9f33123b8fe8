import type { Response } from 'express';
import type { Cancel, Clock } from '../../../application/ports/clock.js';

/** No answer takes longer, streams, downloads and the erasing of a person apart: other nodes are asked to forget even then. */
const REQUEST_MS_MAX = 10_000;

/**
 * The time that a request has: until its client goes, or so long at most. Who has been answered needs no abort any more: to make
 * one, with its error, costs as much as to read a short answer.
 */
export class RequestTime {
  private readonly over = new AbortController();
  private readonly cancel: Cancel;

  constructor(response: Response, clock: Clock) {
    this.cancel = clock.after(REQUEST_MS_MAX, () => { this.over.abort(new DOMException('the request took too long', 'TimeoutError')); });
    response.on('close', () => {
      this.cancel();
      if (!response.writableFinished) this.over.abort();
    });
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** As long as the client stays: a stream. */
  extend(): void {
    this.cancel();
  }
}
