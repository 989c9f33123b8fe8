import type { Response } from 'express';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { EventSink } from './operation.js';

/** A comment as often as this keeps proxies from taking a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000;
/** A client that has not taken so much is cut; it comes back with the id of the last event it has. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** Asked for of clients that reconnect. */
const RETRY_MS = 2000;

interface Stream {
  readonly begin: (sink: EventSink) => Cancel;
  readonly clock: Clock;
  /** The stream ends with the token it was opened with. */
  readonly expiresAt: string | null;
}

/** Server-sent events (WHATWG HTML 9.2). Ends when the client goes, is too slow, or its token has expired. */
export function openEventStream(response: Response, { begin, clock, expiresAt }: Stream): void {
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
  const beat = (): void => {
    if (!write(': still here\n\n')) return;
    cancels[0] = clock.after(HEARTBEAT_MS, beat);
  };
  cancels.push(clock.after(HEARTBEAT_MS, beat));
  if (expiresAt !== null) cancels.push(clock.after(Math.max(0, Date.parse(expiresAt) - Date.parse(clock.wallTime())), end));
  response.on('close', end);
  const stop = begin({ send: ({ id, type, data }) => write(`${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`), end });
  cancels.push(stop);
  if (!response.destroyed && !response.writableEnded) return;
  end(); // it had closed before we listened, and will not tell again
  for (const cancel of cancels.splice(0)) cancel();
}
