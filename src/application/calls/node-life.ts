import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallRepository } from '../ports/call-repository.js';
import { type CallSlots, SLOT_TTL_MS } from '../ports/call-slots.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { NODE_BEAT_INTERVAL_MS, type NodeRegistry } from '../ports/node-registry.js';
import type { CallRegistry } from './call-registry.js';

const RENEW_INTERVAL_MS = SLOT_TTL_MS / 3;
const JOIN_DEADLINE_MS = 2000;

export interface NodeLifePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodes: NodeRegistry;
  readonly slots: CallSlots;
  readonly repository: CallRepository;
  readonly registry: CallRegistry;
  readonly nodeName: string;
  /** A newer process has our name: this one must take no more calls. Called once. */
  readonly onSuperseded: () => void;
}

/** Tells the other nodes that this one lives, and keeps what its calls hold in shared state from expiring. */
export class NodeLife {
  private incarnation: number | null = null;
  private superseded = false;
  private readonly loops: Promise<void>[] = [];
  /** What is complained of already, until it succeeds: an outage is told once, not every second. */
  private readonly failing = new Set<string>();
  private readonly closing = new AbortController();

  constructor(private readonly ports: NodeLifePorts) {}

  /** Joins, or goes on trying: shared state that is away is no reason not to take calls. Never rejects. */
  async begin(): Promise<void> {
    await this.attempt('not announced to the other nodes yet', JOIN_DEADLINE_MS, (signal) => this.beat(signal));
    this.loops.push(
      this.every(NODE_BEAT_INTERVAL_MS, () => this.attempt('no sign of life given', NODE_BEAT_INTERVAL_MS, (signal) => this.beat(signal))),
      this.every(RENEW_INTERVAL_MS, () => this.attempt('what calls hold was not prolonged', RENEW_INTERVAL_MS, (signal) => this.renew(signal))),
    );
  }

  /** Says goodbye, so that nobody takes this node for dead. Idempotent; never rejects. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await Promise.all(this.loops);
    const { nodes, nodeName } = this.ports;
    const { incarnation } = this;
    if (incarnation !== null) await this.attempt('goodbye not said: this node will be taken for dead', JOIN_DEADLINE_MS, (signal) => nodes.leave(nodeName, incarnation, signal));
  }

  private async beat(signal: AbortSignal): Promise<void> {
    const { nodes, nodeName, log, onSuperseded } = this.ports;
    if (this.incarnation === null) {
      this.incarnation = await nodes.join(nodeName, signal);
      return;
    }
    if (await nodes.beat(nodeName, this.incarnation, signal) || this.superseded) return;
    this.superseded = true;
    log.error('another process runs under the name of this node: no more calls are taken here', { node: nodeName });
    onSuperseded();
  }

  private async renew(signal: AbortSignal): Promise<void> {
    const { slots, repository, registry } = this.ports;
    const calls = registry.list();
    if (calls.length === 0) return;
    await repository.touch(calls.map(({ callId }) => callId), signal);
    const holders = registry.list().filter(({ taken }) => !taken); // asked anew: some have ended meanwhile
    await slots.renew(holders.map(({ callId, tenantId }) => ({ callId, tenantId })), signal);
    // One that ended while it was prolonged has given its slot back, and perhaps has it again.
    for (const call of holders) if (!registry.has(call.callId) && !call.taken) await slots.release(call, signal);
  }

  private async every(intervalMs: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.closing;
    while (!this.closed()) {
      await new Promise<void>((resolve) => {
        const cancel = this.ports.clock.after(intervalMs, done);
        function done(): void {
          signal.removeEventListener('abort', done);
          cancel();
          resolve();
        }
        signal.addEventListener('abort', done, { once: true });
      });
      if (!this.closed()) await act();
    }
  }

  /* A method, because the answer may change while something is awaited. */
  private closed(): boolean {
    return this.closing.signal.aborted;
  }

  private async attempt(complaint: string, limitMs: number, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, log } = this.ports;
    try {
      await withinDeadline(clock, limitMs, act);
      this.failing.delete(complaint);
    } catch (error) {
      if (!this.failing.has(complaint)) log.warn(complaint, {}, error); // the next round tries again
      this.failing.add(complaint);
    }
  }
}
