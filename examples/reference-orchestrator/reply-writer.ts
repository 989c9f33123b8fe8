import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ReplyFailure, type Output } from './wire.js';

export interface Pace {
  /** Before the first output, as a slow model would. */
  readonly delayMs: number;
  /** Before each further delta. */
  readonly wordDelayMs: number;
}

/** Sends a reply as server-sent events, as it comes. */
export async function writeEvents(response: ServerResponse, outputs: AsyncIterable<Output>, pace: Pace, gone: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  try {
    for await (const output of paced(outputs, pace, gone)) {
      const { type, ...data } = output;
      if (!response.write(event(type, data))) await once(response, 'drain', { signal: gone });
    }
    response.end(event('done', {}));
  } catch (error) {
    if (gone.aborted) return; // nobody is there to be told
    const { code, retryable, retryAfterMs } = asFailure(error);
    response.end(event('error', { code, retryable, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) }));
  }
}

/** Sends a reply as one JSON body: its text, then its actions. */
export async function writeJson(response: ServerResponse, outputs: AsyncIterable<Output>, pace: Pace, gone: AbortSignal): Promise<void> {
  let text = '';
  const actions: Output[] = [];
  try {
    for await (const output of paced(outputs, pace, gone)) {
      if (output.type === 'delta') text += output.text;
      else actions.push(output);
    }
  } catch (error) {
    if (gone.aborted) return; // nobody is there to be told
    const { code, retryAfterMs } = asFailure(error);
    const wait = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
    response.writeHead(code === 'rate_limited' ? 429 : 502, { 'content-type': 'application/json', ...wait }).end(JSON.stringify({ error: { code, message: 'the reply failed' } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text, actions }));
}

async function* paced(outputs: AsyncIterable<Output>, { delayMs, wordDelayMs }: Pace, gone: AbortSignal): AsyncGenerator<Output, void, undefined> {
  let first = true;
  for await (const output of outputs) {
    const waitMs = first ? delayMs : output.type === 'delta' ? wordDelayMs : 0;
    if (waitMs > 0) await delay(waitMs, undefined, { signal: gone });
    first = false;
    yield output;
  }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function asFailure(error: unknown): ReplyFailure {
  return error instanceof ReplyFailure ? error : new ReplyFailure('internal', false);
}
