import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { GatewayEvents } from '../../application/ports/gateway-events.js';
import type { GatewayEvent } from '../../domain/simulation/gateway-view.js';
import { type ReadEvent, readGatewayEvent } from './gateway-event-schema.js';

export interface GatewayEventTailOptions {
  /** A directory of `*.ndjson` files, or one such file. May come to be later. */
  readonly path: string;
  readonly clock: Clock;
  /** Default 50. */
  readonly pollIntervalMs?: number;
}

interface Tail {
  offset: number;
  /** Beginning of a line whose end is not written yet. */
  rest: Uint8Array;
}

interface FollowedCall {
  readonly listener: (event: GatewayEvent) => void;
  lastSequence: number;
}

const POLL_INTERVAL_MS = 50;
const READ_BYTES_MAX = 1024 * 1024;
const LINE_BYTES_MAX = 1024 * 1024;
const FILES_MAX = 1000;
const NEWLINE = 0x0a;
/** Wall clocks are told in milliseconds: a smaller difference is none. */
const SAME_CLOCK_MS = 20;

/** The gateway's event log on disk, followed from where it ends when this is opened. */
export class GatewayEventTail implements GatewayEvents {
  private readonly tails = new Map<string, Tail>();
  private readonly byCorrelation = new Map<string, (event: GatewayEvent) => void>();
  private readonly byCall = new Map<string, FollowedCall>();
  private cancelPoll: Cancel = () => undefined;
  private polling: Promise<void> = Promise.resolve();
  private closed = false;

  private constructor(private readonly options: GatewayEventTailOptions) {}

  /** What the log holds already is passed over. */
  static async open(options: GatewayEventTailOptions, signal: AbortSignal): Promise<GatewayEventTail> {
    signal.throwIfAborted();
    const tail = new GatewayEventTail(options);
    for (const file of await tail.files()) tail.tails.set(file, { offset: await sizeOf(file).catch(() => 0), rest: new Uint8Array(0) });
    tail.pollOn();
    return tail;
  }

  follow(correlationId: string, listener: (event: GatewayEvent) => void): Cancel {
    this.byCorrelation.set(correlationId, listener);
    return () => {
      this.byCorrelation.delete(correlationId);
      for (const [callId, followed] of this.byCall) if (followed.listener === listener) this.byCall.delete(callId);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelPoll();
    await this.polling;
  }

  private pollOn(): void {
    if (this.closed) return;
    this.cancelPoll = this.options.clock.after(this.options.pollIntervalMs ?? POLL_INTERVAL_MS, () => {
      this.polling = this.poll().finally(() => { this.pollOn(); });
    });
  }

  private async poll(): Promise<void> {
    for (const file of await this.files()) {
      const tail = this.tails.get(file) ?? { offset: 0, rest: new Uint8Array(0) };
      this.tails.set(file, tail);
      await this.readOn(file, tail).catch(() => undefined); // gone or not readable now: the next poll tries again
    }
  }

  private async files(): Promise<readonly string[]> {
    const { path } = this.options;
    const [directory, only] = path.endsWith('.ndjson') ? [dirname(path), basename(path)] : [path, null];
    const names = await readdir(directory).catch(() => []); // not there yet
    return names.filter((name) => (only === null ? name.endsWith('.ndjson') : name === only)).sort().slice(-FILES_MAX).map((name) => join(directory, name));
  }

  private async readOn(file: string, tail: Tail): Promise<void> {
    const size = await sizeOf(file);
    if (size < tail.offset) { // half a line was taken back, or the file is another one
      tail.offset = size;
      tail.rest = new Uint8Array(0);
    }
    if (size === tail.offset) return;
    const handle = await open(file, 'r');
    try {
      while (tail.offset < size && !this.closed) {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(Math.min(READ_BYTES_MAX, size - tail.offset)), 0, undefined, tail.offset);
        if (bytesRead === 0) return;
        tail.offset += bytesRead;
        this.take(tail, buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }

  private take(tail: Tail, bytes: Uint8Array): void {
    const all = Buffer.concat([tail.rest, bytes]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    tail.rest = all.length - end > LINE_BYTES_MAX ? new Uint8Array(0) : all.subarray(end);
    for (const line of all.toString('utf8', 0, end).split('\n')) if (line !== '') this.tell(line);
  }

  private tell(line: string): void {
    const event = readGatewayEvent(line);
    if (event === null) return;
    const followed = this.followed(event);
    if (followed === undefined || event.sequence <= followed.lastSequence) return;
    followed.lastSequence = event.sequence;
    const clockOffsetMs = this.clockOffset(event);
    followed.listener({ callId: event.callId, atMs: event.atMs + clockOffsetMs, clockOffsetMs, body: event.body });
  }

  private followed(event: ReadEvent): FollowedCall | undefined {
    const known = this.byCall.get(event.callId);
    const listener = event.correlationId === undefined ? undefined : this.byCorrelation.get(event.correlationId);
    if (known !== undefined || listener === undefined) return known;
    const followed = { listener, lastSequence: 0 };
    this.byCall.set(event.callId, followed);
    return followed;
  }

  /** On another machine the monotonic clocks differ, the wall clocks hopefully do not. */
  private clockOffset({ wallMs, atMs }: ReadEvent): number {
    const { clock } = this.options;
    const offsetMs = wallMs - atMs - (Date.parse(clock.wallTime()) - clock.nowMs());
    return Math.abs(offsetMs) < SAME_CLOCK_MS ? 0 : offsetMs;
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
