import { deadline } from '../lifecycle/deadline.js';
import type { CallClaims } from '../ports/call-claims.js';
import type { CallRepository, StoredCall } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { NODE_TTL_MS, type NodeRegistry } from '../ports/node-registry.js';
import { isPortError } from '../ports/port-error.js';
import type { AdoptedLeg, CallLeg, Telephony } from '../ports/telephony.js';
import type { CallRegistry } from './call-registry.js';

/** Between two looks for calls whose node has died. */
const LOOK_INTERVAL_MS = 1000;
/** One look, and the adoption of all that it finds. What is not done then is found again by the next. */
const LOOK_DEADLINE_MS = 20_000;
/** The caller hears nothing meanwhile. */
const OFFER_DEADLINE_MS = 2000;
/** Calls looked at in one look: more than a node can hold. */
const CALLS_MAX = 5000;
/** Calls adopted at a time: each is five requests of Asterisk, and a recogniser. */
const ADOPTIONS_AT_ONCE = 8;

export interface TakeOverPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly repository: CallRepository;
  readonly claims: CallClaims;
  readonly nodes: NodeRegistry;
  readonly telephony: Telephony;
  readonly registry: CallRegistry;
  readonly nodeName: string;
  /** Which Asterisk this node is on: calls of another one can only be adopted there. */
  readonly pbx: string;
  /** Clock time at which this process began. */
  readonly startedAtMs: number;
}

/** A call that was claimed. */
export interface Heritage {
  readonly stored: StoredCall;
  readonly formerNode: string;
  /** How long the caller has heard nothing, at least. */
  readonly gapMs: number;
}

/** What becomes of it. */
export interface Succession {
  /** Goes on with it. Throws when nobody can; the caller is then let go. */
  resume(heritage: Heritage, adopted: AdoptedLeg): Promise<void>;
  /** Takes down that it has ended while nobody watched. */
  close(stored: StoredCall): Promise<void>;
}

/**
 * Goes on with the calls of nodes that have died, and of the process that had this node's name before. Asterisk still has the
 * callers; shared state knows who they are. A claim decides who of several nodes goes on with a call; what the dead node
 * still writes is refused from then on.
 */
export class TakeOver {
  private readonly closing = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(private readonly ports: TakeOverPorts, private readonly succession: Succession) {}

  /** The calls of the process before this one. Resolves when all are adopted or closed, or the deadline has passed. Never rejects. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.look(AbortSignal.any([signal, this.closing.signal]));
    this.running = this.watch();
  }

  /** A call of ours from before that Asterisk offers again, answered. False: nobody knows it. Never rejects. */
  async takeOffered(leg: CallLeg): Promise<boolean> {
    const { clock, log, repository, claims, nodeName, startedAtMs } = this.ports;
    const limit = deadline(clock, OFFER_DEADLINE_MS, this.closing.signal);
    try {
      const own = await repository.findLive({ ownerNode: nodeName }, CALLS_MAX, limit.signal);
      const stored = own.find(({ record }) => record.channelId === leg.id);
      const claimed = stored === undefined ? null : await claims.claim(stored.record.callId, stored.record.fence, nodeName, limit.signal);
      if (claimed === null) return false;
      await this.succession.resume({ stored: claimed, formerNode: nodeName, gapMs: clock.nowMs() - startedAtMs }, { leg, connected: false });
      return true;
    } catch (error) {
      log.warn('an answered call could not be gone on with', {}, error);
      return leg.ended; // it begins anew, unless it was let go
    } finally {
      limit.clear();
    }
  }

  /** Looks for nobody any more. Idempotent. */
  async close(): Promise<void> {
    this.closing.abort();
    this.wake();
    await this.running;
  }

  private async watch(): Promise<void> {
    while (!this.closed()) {
      await new Promise<void>((resolve) => {
        const cancel = this.ports.clock.after(LOOK_INTERVAL_MS, resolve);
        this.wake = () => { cancel(); resolve(); };
      });
      if (!this.closed()) await this.look(this.closing.signal);
    }
  }

  /* A method, because the answer may change while something is awaited. */
  private closed(): boolean {
    return this.closing.signal.aborted;
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { clock, log, telephony, registry } = this.ports;
    if (!telephony.ready || !registry.accepting) return; // callers cannot be adopted, or the next node is to have them
    const limit = deadline(clock, LOOK_DEADLINE_MS, signal);
    try {
      const orphans = await this.orphans(limit.signal);
      if (orphans.length === 0) return;
      await this.adoptAll(orphans, limit.signal);
      const dead = new Set(orphans.map(({ record }) => record.ownerNode));
      dead.delete(this.ports.nodeName); // what was our own is swept by the adapter
      for (const node of dead) await telephony.sweepAfter(node, limit.signal);
    } catch (error) {
      if (!signal.aborted) log.warn('no look for calls of dead nodes', {}, error); // the next one comes in a second
    } finally {
      limit.clear();
    }
  }

  /** Living calls on our Asterisk that no living process runs. */
  private async orphans(signal: AbortSignal): Promise<readonly StoredCall[]> {
    const { nodes, repository, registry, nodeName, pbx } = this.ports;
    const live = await repository.findLive({}, CALLS_MAX, signal);
    for (const { record } of live) registry.compare(record); // it works both ways: we may be the one that was taken for dead
    if (live.length === 0) return [];
    const alive = new Set((await nodes.alive(signal)).map(({ name }) => name));
    return live.filter(({ record }) => record.metadata['pbx'] === pbx
      && !registry.has(record.callId)
      && (record.ownerNode === nodeName || !alive.has(record.ownerNode)));
  }

  private async adoptAll(orphans: readonly StoredCall[], signal: AbortSignal): Promise<void> {
    const queue = [...orphans];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await this.adopt(next, signal);
    };
    await Promise.all(Array.from({ length: ADOPTIONS_AT_ONCE }, worker));
  }

  private async adopt({ record }: StoredCall, signal: AbortSignal): Promise<void> {
    const { claims, telephony, nodeName, metrics, clock, startedAtMs } = this.ports;
    const log = this.ports.log.with({ callId: record.callId, tenantId: record.tenantId });
    try {
      const claimed = await claims.claim(record.callId, record.fence, nodeName, signal);
      if (claimed === null) return; // another node was faster, or it is over
      const adopted = await telephony.adopt({ legId: record.channelId, formerNode: record.ownerNode }, signal).catch((error: unknown) => {
        if (isPortError(error) && error.kind === 'not-found') return null;
        throw error;
      });
      if (adopted === null) {
        await this.succession.close(claimed);
        metrics.count('calls_adopted_total', { outcome: 'lost' });
        log.info('call of a dead node has ended meanwhile', { formerNode: record.ownerNode });
        return;
      }
      const gapMs = record.ownerNode === nodeName ? clock.nowMs() - startedAtMs : NODE_TTL_MS; // at least: nobody knows when the process died
      await this.succession.resume({ stored: claimed, formerNode: record.ownerNode, gapMs }, adopted);
      metrics.count('calls_adopted_total', { outcome: 'adopted' });
      log.info('call of a dead node adopted', { formerNode: record.ownerNode, connected: adopted.connected });
    } catch (error) {
      metrics.count('calls_adopted_total', { outcome: 'failed' });
      log.warn('call of a dead node not adopted yet', { formerNode: record.ownerNode }, error); // the claim is ours: the next look tries again
    }
  }
}
