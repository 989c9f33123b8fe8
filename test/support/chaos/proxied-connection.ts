import { connect, type Socket } from 'node:net';
import { type Fault, garbageBytes } from './faults.js';

const UNASKED_BYTES = 64;
/** A slow connection holds so much back at most, and then reads no more. */
const HELD_BYTES_MAX = 1024 * 1024;

export interface ConnectionOptions {
  readonly client: Socket;
  /** Counts up; parity decides which garbage it gets. */
  readonly number: number;
  readonly targetPort: number;
  readonly slowMs: number;
  /** What kind of connection it is, by the first bytes the client sends; null: of the only kind, known at once. */
  readonly kindOf: ((first: Buffer) => string) | null;
  /** The fault for connections of this kind, now. */
  readonly faultFor: (kind: string) => Fault | null;
  /** A fault has just shown on this connection. */
  readonly onHit: () => void;
  readonly onClosed: () => void;
}

type Side = 'client' | 'server';

/** One connection through a chaos proxy: two sockets, and what is done to the bytes between them. */
export class ProxiedConnection {
  /** Null until the client has said enough to know. */
  kind: string | null;
  private server: Socket | null = null;
  /** It was caught in a hang: nothing will ever come through again, as after a router has forgotten it. */
  private numb = false;
  private closed = false;
  private readonly late = new Set<NodeJS.Timeout>();
  private readonly waiting: (() => void)[] = [];
  private heldBytes = 0;
  private lastDueAtMs = 0;

  constructor(private readonly options: ConnectionOptions) {
    const { client, kindOf } = options;
    this.kind = kindOf === null ? '' : null;
    this.watch(client, 'client');
    if (kindOf === null) this.begin();
  }

  /** A fault begins for its kind. */
  strike(fault: Fault): void {
    if (this.closed || this.numb) return;
    switch (fault) {
      case 'refuse': case 'reset': this.hit(); this.destroy(); return;
      case 'hang': this.numb = true; return; // told when something is lost
      case 'garbage': this.hit(); this.options.client.write(garbageBytes(UNASKED_BYTES, this.options.number)); return;
      case 'slow': return;
    }
  }

  /** The fault is over: who left meanwhile is now known to have left. */
  heal(): void {
    if (this.numb && (this.options.client.destroyed || (this.server?.destroyed ?? false))) this.destroy();
  }

  /** Both sides, now, with RST. */
  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    for (const timer of this.late) clearTimeout(timer);
    this.late.clear();
    this.options.client.resetAndDestroy();
    this.server?.resetAndDestroy();
    this.options.onClosed();
  }

  private get fault(): Fault | null {
    return this.kind === null ? null : this.options.faultFor(this.kind);
  }

  private watch(socket: Socket, side: Side): void {
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // a broken connection is what this is about
    socket.on('data', (chunk: Buffer) => { this.carry(side, chunk); });
    socket.on('end', () => { this.onEnd(side); });
    socket.on('close', (broken: boolean) => { this.onClose(broken); });
  }

  /** The kind is known, or there is only one. */
  private begin(): void {
    const { fault } = this;
    if (fault === 'reset' || fault === 'refuse') {
      if (this.options.kindOf !== null) { this.hit(); this.destroy(); }
      return; // of the only kind: torn down when it says something
    }
    if (fault === 'hang') { this.numb = true; return; }
    this.server = connect(this.options.targetPort, '127.0.0.1');
    this.watch(this.server, 'server');
  }

  private carry(from: Side, chunk: Buffer): void {
    if (this.closed) return;
    if (this.kind === null) {
      this.kind = this.options.kindOf?.(chunk) ?? '';
      this.begin();
      if (this.isOver()) return;
    }
    const { fault } = this;
    if (this.numb) { this.hit(); return; }
    if (fault === 'reset' || fault === 'refuse') { this.hit(); this.destroy(); return; }
    if (from === 'client') this.pass(chunk, this.options.client, this.server);
    else this.answer(chunk, fault);
  }

  private answer(chunk: Buffer, fault: Fault | null): void {
    if (fault === 'garbage') this.spoil(chunk);
    else if (fault === 'slow' || this.late.size > 0) this.delay(chunk, fault === 'slow' ? this.options.slowMs : 0);
    else this.pass(chunk, this.server, this.options.client);
  }

  private spoil(chunk: Buffer): void {
    this.hit();
    const { client, number } = this.options;
    if (number % 2 === 0) { client.write(garbageBytes(chunk.length, number)); return; }
    client.end(chunk.subarray(0, Math.floor(chunk.length / 2)));
    this.server?.destroy();
  }

  /** In order, also with what comes after the fault. */
  private delay(chunk: Buffer, byMs: number): void {
    if (byMs > 0) this.hit();
    const nowMs = performance.now();
    this.lastDueAtMs = Math.max(this.lastDueAtMs, nowMs + byMs);
    this.heldBytes += chunk.length;
    if (this.heldBytes > HELD_BYTES_MAX) this.server?.pause();
    this.later(() => {
      this.heldBytes -= chunk.length;
      if (this.heldBytes <= HELD_BYTES_MAX) this.server?.resume();
      this.options.client.write(chunk);
    }, this.lastDueAtMs - nowMs);
  }

  /** In the order they were put off: two timers that are due together may fire either way round. */
  private later(act: () => void, delayMs: number): void {
    this.waiting.push(act);
    const timer = setTimeout(() => {
      this.late.delete(timer);
      this.waiting.shift()?.();
    }, delayMs);
    this.late.add(timer);
  }

  /** To one who has gone nothing is passed: it never drains, and `from`, held back for it, would never be seen to end. */
  private pass(chunk: Buffer, from: Socket | null, to: Socket | null): void {
    if (to === null || !to.writable || to.write(chunk)) return;
    from?.pause();
    const goOn = (): void => {
      to.off('drain', goOn).off('close', goOn);
      from?.resume();
    };
    to.once('drain', goOn).once('close', goOn);
  }

  /** One side has said its last: so the other is told, after what is still under way to it. In a hang it never comes to know. */
  private onEnd(side: Side): void {
    if (this.numb) return;
    if (side === 'client') { this.server?.end(); return; }
    const { client } = this.options;
    if (this.late.size === 0) client.end();
    else this.later(() => { client.end(); }, this.lastDueAtMs - performance.now());
  }

  private onClose(broken: boolean): void {
    if (this.numb && this.fault === 'hang' && !this.bothGone()) return;
    if (broken || this.numb || this.bothGone()) this.destroy();
  }

  private bothGone(): boolean {
    return this.options.client.destroyed && (this.server?.destroyed ?? true);
  }

  /** A function, so that the compiler does not believe it settled before a call that may change it. */
  private isOver(): boolean {
    return this.closed;
  }

  private hit(): void {
    this.options.onHit();
  }
}
