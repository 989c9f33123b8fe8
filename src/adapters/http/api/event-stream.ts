import type { Response } from 'express';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { EventSink } from './operation.js';

/** A comment as often as this keeps proxies from taking a quiet stream for a dead one. */
export const HEARTBEAT_MS = 15_000;
/** A client that has not taken so much is cut; it comes back with the id of the last event it has. */
export const WAITING_BYTES_MAX = 1024 * 1024;
/** Asked for of clients that reconnect. */
const RETRY_MS = 2000;

/** The streams of a server, so that they end with it: whoever listens comes back elsewhere with the last id. */
export class OpenStreams {
  private readonly ends = new Set<() => void>();
  private closed = false;

  /** `end` is called when the server closes, at once if it has. The result takes it out again. */
  add(end: () => void): Cancel {
    if (this.closed) { end(); return () => undefined; }
    this.ends.add(end);
    return () => { this.ends.delete(end); };
  }

  endAll(): void {
    this.closed = true;
    for (const end of [...this.ends]) end();
  }
}

interface Stream {
  readonly begin: (sink: EventSink) => Cancel;
  readonly clock: Clock;
  /** The stream ends with the token it was opened with. */
  readonly expiresAt: string | null;
  readonly streams: OpenStreams;
}

/** Server-sent events (WHATWG HTML 9.2). Ends when the client goes, is too slow, its token has expired, or the server closes. */
export function openEventStream(response: Response, { begin, clock, expiresAt, streams }: Stream): void {
  const isGone = (): boolean => response.destroyed || response.writableEnded;
  if (isGone()) return; // gone while we looked who it was: nobody would ever end this
  response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  if (response.req.method === 'HEAD') { response.end(); return; }
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n\n`);
  const cancels: Cancel[] = [];
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    for (const cancel of cancels.splice(0)) cancel();
    response.end();
  };
  const write = (text: string): boolean => {
    if (over) return false;
    response.write(text);
    if (response.writableLength <= WAITING_BYTES_MAX) return true;
    response.destroy();
    end();
    return false;
  };
  const position: { passed: string | null } = { passed: null };
  const beat = (): void => {
    // An id without data is no event: it only moves on what the client comes back with.
    if (!write(position.passed === null ? ': still here\n\n' : `id: ${position.passed}\n\n`)) return;
    position.passed = null;
    cancels[0] = clock.after(HEARTBEAT_MS, beat);
  };
  cancels.push(clock.after(HEARTBEAT_MS, beat));
  if (expiresAt !== null) cancels.push(clock.after(Math.max(0, Date.parse(expiresAt) - Date.parse(clock.wallTime())), end));
  response.on('close', end);
  const sink: EventSink = {
    send: ({ id, type, data }) => {
      if (id !== null) position.passed = null;
      return write(`${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    pass: (id) => { position.passed = id; },
    end,
  };
  const stop = begin(sink);
  if (isGone()) { stop(); return; }
  cancels.push(stop);
  cancels.push(streams.add(() => {
    write(`retry: ${RETRY_MS}\n: this node is ending, come back\n\n`);
    end();
  }));
}
