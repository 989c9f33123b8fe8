import { ERASED_CALLS_MAX, type NodeOrder, type OrderOutcome } from '../../domain/call/call-order.js';
import { isOfNumber } from '../../domain/recording/recording.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import { type CallOrders, NODE_ORDER_DEADLINE_MS } from '../ports/call-orders.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { NodeRegistry } from '../ports/node-registry.js';
import { codeOf } from '../ports/port-error.js';
import { EraseHere, type EraseHerePorts } from './erase-here.js';
import { runningCalls } from './running-calls.js';
import type { Erased, Subject } from './subject-eraser.js';

/** To know the other nodes. */
const LOOK_UP_MS_MAX = 1000;
/** An order ends by itself before. */
const ORDER_MS_MAX = NODE_ORDER_DEADLINE_MS + 1000;

/** Where something of the person may still be, and why. For people; holds no number. */
export interface NotReached {
  readonly what: 'node' | 'nodes' | 'live-call' | 'live-calls' | 'call-state' | 'event-log' | 'event-spool' | 'kafka';
  /** Name of the node, id of the call, … Empty: there is but one. */
  readonly where: string;
  readonly why: string;
}

export interface Erasure extends Erased {
  /** Other nodes that have erased what they had as well. How much that was is not told. */
  readonly nodes: readonly string[];
  readonly notReached: readonly NotReached[];
}

export interface EraseSubjectPorts extends EraseHerePorts {
  readonly repository: Pick<CallRepository, 'findLive'>;
  readonly orders: Pick<CallOrders, 'issue'>;
  /** Null: this node is alone. */
  readonly nodes: Pick<NodeRegistry, 'alive'> | null;
  readonly nodeName: string;
  /** What no erasure ever reaches, as this node is configured. */
  readonly never: readonly NotReached[];
}

const TOO_MANY_CALLS: NotReached = {
  what: 'event-log', where: '', why: 'There were more calls than other nodes can be told of: of older ones whose events went to the files of two nodes, some may stay.',
};

/** Forgets a person: here, at all nodes that are alive, and says where something may be left. */
export class EraseSubject {
  private readonly here: EraseHere;

  constructor(private readonly ports: EraseSubjectPorts) {
    this.here = new EraseHere(ports);
  }

  /**
   * All are asked even when one fails, other nodes also when the signal aborts meanwhile. Throws what an eraser of this node throws;
   * asking again goes on where it stood. What fails at another node is told in the answer, and so is what this node still goes on with.
   */
  async execute(tenantId: TenantId, number: string, signal: AbortSignal): Promise<Erasure> {
    const before = await this.live(tenantId, number); // those that end meanwhile too
    const { erased, callIds, failures, late } = await this.here.begin({ tenantId, number, callIds: new Set() }, signal); // first, so that it counts what nodes share
    const [others, after] = await Promise.all([this.elsewhere({ tenantId, number, callIds }), this.live(tenantId, number)]);
    for (const failure of failures) throw failure;
    const live = new Map([...before, ...after].map((call) => [call.where, call]));
    return { ...erased, nodes: others.nodes, notReached: [...late ? [this.goesOn()] : [], ...others.notReached, ...live.values(), ...this.ports.never] };
  }

  /** Because another node was asked. Never rejects. */
  async asOrdered({ tenantId, number, callIds }: NodeOrder): Promise<OrderOutcome> {
    const { log } = this.ports;
    try {
      const { erased, failures } = await this.here.whole({ tenantId, number, callIds: new Set(callIds) });
      for (const failure of failures) throw failure;
      log.info('somebody is forgotten here because another node was asked', { tenantId, ...erased });
      return 'accepted';
    } catch (error) {
      log.error('somebody could not be forgotten here: the node that was asked tells so', { tenantId, code: codeOf(error) }, error);
      return 'failed';
    }
  }

  /** What goes on after an answer is given up. */
  close(): Promise<void> {
    return this.here.close();
  }

  private goesOn(): NotReached {
    return { what: 'event-log', where: this.ports.nodeName, why: 'It goes on, for half a minute at most: ask again.' };
  }

  /** Recordings that others are making, and what they keep on disks of their own. Never rejects. */
  private async elsewhere({ tenantId, number, callIds }: Subject): Promise<Pick<Erasure, 'nodes' | 'notReached'>> {
    const { nodes: registry, nodeName, log } = this.ports;
    if (registry === null) return { nodes: [], notReached: [] };
    let names: readonly string[];
    try {
      names = (await withinDeadline(this.ports.clock, LOOK_UP_MS_MAX, (limit) => registry.alive(limit))).map(({ name }) => name).filter((name) => name !== nodeName);
    } catch (error) {
      log.warn('the other nodes are not known: they were not asked to forget somebody', {}, error);
      return { nodes: [], notReached: [{ what: 'nodes', where: '', why: 'Nobody knows now which other nodes there are: ask again.' }] };
    }
    const nodes: string[] = [];
    const named = [...callIds].sort().reverse().slice(0, ERASED_CALLS_MAX); // the newest: of old ones little is left
    const notReached: NotReached[] = names.length === 0 || named.length === callIds.size ? [] : [TOO_MANY_CALLS];
    await Promise.all(names.map(async (name) => {
      const why = await this.refusalOf(name, { tenantId, number, callIds: named });
      if (why === null) nodes.push(name); else notReached.push({ what: 'node', where: name, why: `It did not confirm (${why}): ask again.` });
    }));
    return { nodes: nodes.sort(), notReached };
  }

  /** Null: it has done it. */
  private async refusalOf(node: string, subject: Omit<NodeOrder, 'type'>): Promise<string | null> {
    const { clock, orders } = this.ports;
    try {
      const outcome = await withinDeadline(clock, ORDER_MS_MAX, (limit) => orders.issue(node, { callId: null, order: { type: 'erase-subject', ...subject } }, limit));
      return outcome === 'accepted' ? null : outcome;
    } catch (error) {
      this.ports.log.warn('another node was asked to forget somebody and did not confirm it', { node, code: codeOf(error) }, error);
      return codeOf(error);
    }
  }

  /** What a running call tells from now on is kept again. Never rejects. */
  private async live(tenantId: TenantId, number: string): Promise<readonly NotReached[]> {
    try {
      const theirs = (await runningCalls(this.ports, tenantId)).filter((record) => isOfNumber(record, number));
      return theirs.map(({ callId }) => ({ what: 'live-call', where: callId, why: 'It goes on, and what is said in it is kept: ask again when it has ended.' }));
    } catch (error) {
      this.ports.log.warn('running calls of somebody who is forgotten are not known', { code: codeOf(error) }, error);
      return [{ what: 'live-calls', where: '', why: 'Nobody knows now which calls are running: ask again.' }];
    }
  }
}
