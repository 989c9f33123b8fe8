import type { TenantId } from '../../domain/shared/ids.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { AuditFilter, AuditPage, AuditReader } from '../ports/audit-reader.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeRegistry } from '../ports/node-registry.js';

/** The list of nodes is an addition: entries do not wait longer for it. */
const NODES_MS_MAX = 500;

/** A node that keeps a chain of its own. */
export interface AuditNode {
  readonly name: string;
  /** Null: nobody could be asked. */
  readonly alive: boolean | null;
  /** Its chain is on the disk of the node that answers. */
  readonly readable: boolean;
}

/** Part of one chain, and who has others: what was asked of those is in them alone. */
export interface AuditView extends AuditPage {
  /** Whose chain it is. */
  readonly node: string;
  /** All that are known, by name, the one that answers included. */
  readonly nodes: readonly AuditNode[];
}

export interface ReadAuditPorts {
  readonly reader: AuditReader;
  /** Null: this node shares nothing with others. */
  readonly nodes: Pick<NodeRegistry, 'alive'> | null;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What was done, as one node has kept it, with the names of the others, so that nobody takes a part for all. */
export class ReadAudit {
  constructor(private readonly ports: ReadAuditPorts) {}

  /** Null: the chain of `filter.node` is not on this disk. Throws PortError `audit-reader/unavailable`. */
  async execute(tenantId: TenantId, filter: AuditFilter, signal: AbortSignal): Promise<AuditView | null> {
    const { reader, nodeName } = this.ports;
    const [chains, alive] = await Promise.all([reader.nodes(signal), this.alive(signal)]);
    const readable = new Set([...chains, nodeName]);
    const node = filter.node ?? nodeName;
    if (!readable.has(node)) return null;
    const names = [...new Set([...readable, ...alive ?? []])].sort();
    const nodes = names.map((name) => ({ name, alive: name === nodeName ? true : alive?.has(name) ?? null, readable: readable.has(name) }));
    return { ...await reader.entries(tenantId, filter, signal), node, nodes };
  }

  /** Null: nobody knows. */
  private async alive(signal: AbortSignal): Promise<ReadonlySet<string> | null> {
    const { nodes, clock, log } = this.ports;
    if (nodes === null) return null;
    try {
      return new Set((await withinDeadline(clock, NODES_MS_MAX, (limit) => nodes.alive(limit), signal)).map(({ name }) => name));
    } catch (error) {
      log.warn('the other nodes are not known: the audit trail is shown without them', {}, error); // the answer says that it does not know
      return null;
    }
  }
}
