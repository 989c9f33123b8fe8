import type { NodeOrder, OrderOutcome } from '../../domain/call/call-order.js';
import type { AddressedOrder, CallOrders } from '../ports/call-orders.js';
import type { Cancel } from '../ports/clock.js';
import type { CallRegistry } from './call-registry.js';

/** Where the node keeps what it is asked to forget. */
export interface Forgetful {
  /** Never rejects. */
  asOrdered(order: NodeOrder): Promise<OrderOutcome>;
}

/** Where orders for this node and its calls arrive. */
export class OrderDesk {
  constructor(private readonly registry: Pick<CallRegistry, 'find'>, private readonly forgetful: Forgetful) {}

  /** Never rejects. */
  carryOut(addressed: AddressedOrder): Promise<OrderOutcome> {
    if (addressed.callId === null) return this.forgetful.asOrdered(addressed.order);
    return this.registry.find(addressed.callId)?.obey(addressed.order) ?? Promise.resolve('not-live');
  }

  /** Takes what others ask of calls of this node, until cancelled. */
  serve(orders: CallOrders, nodeName: string): Cancel {
    return orders.serve(nodeName, (addressed) => this.carryOut(addressed));
  }
}
