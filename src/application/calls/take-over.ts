import { deadline } from '../lifecycle/deadline.js';
import type { CallClaims } from '../ports/call-claims.js';
import type { CallRepository, StoredCall } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import type { CallId, LegId } from '../../domain/shared/ids.js';
import { NODE_TTL_MS, type NodeRegistry } from '../ports/node-registry.js';
import { codeOf, isPortError } from '../ports/port-error.js';
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
/** Nodes that have died and whose leavings are still in Asterisk. Past it the oldest is left to its own next start. */
const UNSWEPT_MAX = 100;
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
  /** Whose the calls were that were claimed and not adopted yet: their records name this node by now. At most `CALLS_MAX`. */
  private readonly formerNodes = new Map<CallId, string>();
  /** The last look failed, which has been told. */
  private blind = false;
  /** Nodes that have died and were not swept after yet. */
  private readonly unswept = new Set<string>();
  /** Legs that Asterisk has offered again and that are being looked up. */
  private readonly offered = new Set<LegId>();
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
    const { clock, log, repository, claims, nodeName, startedAtMs, registry } = this.ports;
    const limit = deadline(clock, OFFER_DEADLINE_MS, this.closing.signal);
    const decided = registry.decide();
    this.offered.add(leg.id);
    try {
      const own = await repository.findLive({ ownerNode: nodeName }, CALLS_MAX, limit.signal);
      const stored = own.find(({ record }) => record.channelId === leg.id);
      const claimed = stored === undefined ? null : await claims.claim(stored.record.callId, stored.record.fence, nodeName, limit.signal);
      if (claimed === null) return false;
      // Nobody has looked whether he still talks with a person; if not, he will hang up himself.
      const connected = claimed.record.state === 'transferred';
      await this.succession.resume({ stored: claimed, formerNode: nodeName, gapMs: clock.nowMs() - startedAtMs }, { leg, connected });
      return true;
    } catch (error) {
      log.warn('an answered call could not be gone on with', {}, error);
      return leg.ended; // it begins anew, unless it was let go
    } finally {
      this.offered.delete(leg.id);
      decided();
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
      await this.adoptAll(orphans, limit.signal);
      for (const node of this.unswept) {
        await telephony.sweepAfter(node, limit.signal);
        this.unswept.delete(node);
      }
      this.blind = false;
    } catch (error) {
      // The next one comes in a second: an outage is told once.
      if (!signal.aborted && !this.blind) log.warn('no look for calls of dead nodes', {}, error);
      this.blind = true;
    } finally {
      limit.clear();
    }
  }

  /** Living calls on our Asterisk that no living process runs; their nodes are to be swept after. */
  private async orphans(signal: AbortSignal): Promise<readonly StoredCall[]> {
    const { nodes, repository, registry, nodeName, pbx } = this.ports;
    const live = await repository.findLive({}, CALLS_MAX, signal);
    for (const { record } of live) registry.compare(record); // it works both ways: we may be the one that was taken for dead
    if (live.length === 0 && this.unswept.size === 0) return [];
    const alive = new Set((await nodes.alive(signal)).map(({ name }) => name));
    const orphans = live.filter(({ record }) => record.metadata['pbx'] === pbx
      && !registry.has(record.callId)
      && (record.ownerNode === nodeName || !alive.has(record.ownerNode)));
    for (const { record } of orphans) this.unswept.add(record.ownerNode);
    for (const node of this.unswept) {
      // What was our own is swept by the adapter, and a node that is back has made new things under its name: it sweeps by itself.
      if (node === nodeName || alive.has(node) || this.unswept.size > UNSWEPT_MAX) this.unswept.delete(node);
    }
    return orphans;
  }

  private async adoptAll(orphans: readonly StoredCall[], signal: AbortSignal): Promise<void> {
    const { registry } = this.ports;
    const queue = [...orphans];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !signal.aborted && registry.accepting; next = queue.shift()) {
        const decided = registry.decide();
        await this.adopt(next, signal);
        decided();
      }
    };
    await Promise.all(Array.from({ length: ADOPTIONS_AT_ONCE }, worker));
  }

  private async adopt({ record }: StoredCall, signal: AbortSignal): Promise<void> {
    const { claims, telephony, nodeName, metrics, registry } = this.ports;
    if (registry.has(record.callId) || this.offered.has(record.channelId)) return; // Asterisk has offered it since we looked
    const formerNode = this.formerNodeOf(record);
    const log = this.ports.log.with({ callId: record.callId, tenantId: record.tenantId, legId: record.channelId });
    try {
      const claimed = await claims.claim(record.callId, record.fence, nodeName, signal);
      if (claimed === null) { // another node was faster, or it is over
        this.formerNodes.delete(record.callId);
        return;
      }
      const adopted = await telephony.adopt({ legId: record.channelId }, signal).catch(absent);
      if (adopted === 'begun-anew' && this.offered.has(record.channelId)) return; // not yet: whether it goes on is being found out
      if (typeof adopted === 'string') {
        await this.succession.close(claimed);
        metrics.count('calls_adopted_total', { outcome: 'lost' });
        log.info(adopted === 'gone' ? 'call of a dead node has ended meanwhile' : 'call of a dead node was begun anew: its old record is closed', { formerNode });
      } else {
        await this.succession.resume({ stored: claimed, formerNode, gapMs: this.gapMs(formerNode) }, adopted);
        metrics.count('calls_adopted_total', { outcome: 'adopted' });
        log.info('call of a dead node adopted', { formerNode, connected: adopted.connected });
      }
      this.formerNodes.delete(record.callId);
    } catch (error) {
      metrics.count('calls_adopted_total', { outcome: 'failed' });
      log.warn('call of a dead node not adopted yet', { formerNode }, error); // the claim is ours: the next look tries again
    }
  }

  /** Before it is claimed: a claim may take effect though its answer is lost. */
  private formerNodeOf({ callId, ownerNode }: StoredCall['record']): string {
    const { nodeName } = this.ports;
    if (ownerNode === nodeName) return this.formerNodes.get(callId) ?? nodeName;
    this.formerNodes.delete(callId); // the newest is the last to go
    this.formerNodes.set(callId, ownerNode);
    if (this.formerNodes.size > CALLS_MAX) for (const oldest of this.formerNodes.keys()) { this.formerNodes.delete(oldest); break; }
    return ownerNode;
  }

  /** At least: nobody knows when the process died. */
  private gapMs(formerNode: string): number {
    const { clock, nodeName, startedAtMs } = this.ports;
    return formerNode === nodeName ? clock.nowMs() - startedAtMs : NODE_TTL_MS;
  }
}

/**
 * Why there is nobody to adopt: the caller has gone, or this process has his leg, under another call: it was offered while nobody
 * knew of the first. @throws any other error.
 */
function absent(error: unknown): 'gone' | 'begun-anew' {
  if (isPortError(error) && error.kind === 'not-found') return 'gone';
  if (codeOf(error) === 'telephony/duplicate-leg') return 'begun-anew';
  throw error;
}
