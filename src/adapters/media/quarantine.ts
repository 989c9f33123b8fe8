import { peerKey } from './ipv4.js';

/** How long a peer of a closed leg is remembered after its last packet. */
export const QUARANTINE_MS = 30_000;

interface Entry {
  readonly ssrc: number | undefined;
  lastPacketMs: number;
}

/**
 * Peers of closed legs. Asterisk gives a freed port to the next call, and the old call's last packets may still be on their
 * way: a new leg on the same peer must not play them. What tells them apart is the SSRC of the stream that ended.
 */
export class Quarantine {
  private readonly entries = new Map<number, Entry>();

  constructor(private readonly entriesMax: number) {}

  add(address: number, port: number, ssrc: number | undefined, nowMs: number): void {
    const key = peerKey(address, port);
    this.entries.delete(key);
    const oldest = this.entries.keys().next();
    if (this.entries.size >= this.entriesMax && oldest.done !== true) this.entries.delete(oldest.value);
    this.entries.set(key, { ssrc, lastPacketMs: nowMs });
  }

  /** True when a packet comes from a peer that was closed lately; its time begins anew. */
  holds(address: number, port: number, nowMs: number): boolean {
    const entry = this.entries.get(peerKey(address, port));
    if (entry === undefined || nowMs - entry.lastPacketMs > QUARANTINE_MS) return false;
    entry.lastPacketMs = nowMs;
    return true;
  }

  /** Ends the quarantine because a new leg takes the peer; gives the SSRC that leg must not accept. */
  release(address: number, port: number, nowMs: number): number | undefined {
    const key = peerKey(address, port);
    const entry = this.entries.get(key);
    this.entries.delete(key);
    return entry !== undefined && nowMs - entry.lastPacketMs <= QUARANTINE_MS ? entry.ssrc : undefined;
  }
}
