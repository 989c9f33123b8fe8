import type { NodeOrder, OrderOutcome } from '../../domain/call/call-order.js';
import { isOfNumber } from '../../domain/recording/recording.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { deadline } from '../lifecycle/deadline.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { CallOrders } from '../ports/call-orders.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeRegistry } from '../ports/node-registry.js';
import { codeOf } from '../ports/port-error.js';

/** Running calls of a tenant that are looked at; there are fewer of one tenant. */
const LIVE_CALLS_MAX = 20_000;
/** Whoever asked has been told by then that it was not confirmed. */
const ORDERED_MS_MAX = 30_000;
/** To know the other nodes, and the running calls. */
const LOOK_UP_MS_MAX = 1000;

/** Something that knows people by their number, and can forget one. */
export interface SubjectEraser {
  /** What it forgets: plural, as the answer names it. */
  readonly what: 'recordings' | 'calls';
  /** How many there were. */
  readonly erase: (tenantId: TenantId, number: string, signal: AbortSignal) => Promise<number>;
}

export type Erased = Readonly<Record<SubjectEraser['what'], number>>;

/** Where something of the person may still be, and why. For people; holds no number. */
export interface NotReached {
  readonly what: 'node' | 'nodes' | 'live-call' | 'live-calls' | 'call-state' | 'event-log' | 'kafka';
  /** Name of the node, id of the call, … Empty: there is but one. */
  readonly where: string;
  readonly why: string;
}

export interface Erasure extends Erased {
  /** Other nodes that have erased what they had as well. How much that was is not told. */
  readonly nodes: readonly string[];
  readonly notReached: readonly NotReached[];
}

export interface EraseSubjectPorts {
  /** Of this node, and of what nodes share. */
  readonly erasers: readonly SubjectEraser[];
  readonly repository: Pick<CallRepository, 'findLive'>;
  readonly orders: Pick<CallOrders, 'issue'>;
  /** Null: this node is alone. */
  readonly nodes: Pick<NodeRegistry, 'alive'> | null;
  readonly nodeName: string;
  /** What no erasure ever reaches, as this node is configured. */
  readonly never: readonly NotReached[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Forgets a person: here, at all nodes that are alive, and says where something may be left. */
export class EraseSubject {
  constructor(private readonly ports: EraseSubjectPorts) {}

  /**
   * All are asked even when one fails. Throws what an eraser of this node throws; asking again goes on where it stood. What fails
   * at another node is told in the answer.
   */
  async execute(tenantId: TenantId, number: string, signal: AbortSignal): Promise<Erasure> {
    const [here] = await Promise.allSettled([this.here(tenantId, number, signal)]); // first, so that it counts what nodes share
    const [others, live] = await Promise.all([this.elsewhere(tenantId, number, signal), this.live(tenantId, number, signal)]);
    if (here.status === 'rejected') throw here.reason;
    return { ...here.value, nodes: others.nodes, notReached: [...others.notReached, ...live, ...this.ports.never] };
  }

  /** Because another node was asked. Never rejects. */
  async asOrdered({ tenantId, number }: NodeOrder): Promise<OrderOutcome> {
    const { clock, log } = this.ports;
    const limit = deadline(clock, ORDERED_MS_MAX);
    try {
      log.info('somebody is forgotten here because another node was asked', { tenantId, ...await this.here(tenantId, number, limit.signal) });
      return 'accepted';
    } catch (error) {
      log.error('somebody could not be forgotten here: the node that was asked tells so', { tenantId, code: codeOf(error) }, error);
      return 'failed';
    } finally {
      limit.clear();
    }
  }

  private async here(tenantId: TenantId, number: string, signal: AbortSignal): Promise<Erased> {
    const erased = { recordings: 0, calls: 0 };
    const results = await Promise.allSettled(this.ports.erasers.map(async ({ what, erase }) => { erased[what] += await erase(tenantId, number, signal); }));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return erased;
  }

  /** Recordings that others are making, and what they keep on disks of their own. Never rejects. */
  private async elsewhere(tenantId: TenantId, number: string, signal: AbortSignal): Promise<Pick<Erasure, 'nodes' | 'notReached'>> {
    const { nodes: registry, nodeName, log } = this.ports;
    if (registry === null) return { nodes: [], notReached: [] };
    let names: readonly string[];
    try {
      names = (await this.soon(signal, (limit) => registry.alive(limit))).map(({ name }) => name).filter((name) => name !== nodeName);
    } catch (error) {
      log.warn('the other nodes are not known: they were not asked to forget somebody', {}, error);
      return { nodes: [], notReached: [{ what: 'nodes', where: '', why: 'Nobody knows now which other nodes there are: ask again.' }] };
    }
    const nodes: string[] = [];
    const notReached: NotReached[] = [];
    await Promise.all(names.map(async (name) => {
      const why = await this.refusalOf(name, { tenantId, number }, signal);
      if (why === null) nodes.push(name); else notReached.push({ what: 'node', where: name, why: `It did not confirm (${why}): ask again.` });
    }));
    return { nodes: nodes.sort(), notReached };
  }

  /** Null: it has done it. */
  private async refusalOf(node: string, subject: { readonly tenantId: TenantId; readonly number: string }, signal: AbortSignal): Promise<string | null> {
    try {
      const outcome = await this.ports.orders.issue(node, { callId: null, order: { type: 'erase-subject', ...subject } }, signal);
      return outcome === 'accepted' ? null : outcome;
    } catch (error) {
      this.ports.log.warn('another node was asked to forget somebody and did not confirm it', { node, code: codeOf(error) }, error);
      return codeOf(error);
    }
  }

  /** What a running call tells from now on is kept again. Never rejects. */
  private async live(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly NotReached[]> {
    try {
      const calls = await this.soon(signal, (limit) => this.ports.repository.findLive({ tenantId }, LIVE_CALLS_MAX, limit));
      const theirs = calls.filter(({ record }) => isOfNumber(record, number));
      return theirs.map(({ record }) => ({ what: 'live-call', where: record.callId, why: 'It goes on, and what is said in it is kept: ask again when it has ended.' }));
    } catch (error) {
      this.ports.log.warn('running calls of somebody who is forgotten are not known', { code: codeOf(error) }, error);
      return [{ what: 'live-calls', where: '', why: 'Nobody knows now which calls are running: ask again.' }];
    }
  }

  private soon<Result>(signal: AbortSignal, work: (limit: AbortSignal) => Promise<Result>): Promise<Result> {
    return withinDeadline(this.ports.clock, LOOK_UP_MS_MAX, work, signal);
  }
}
