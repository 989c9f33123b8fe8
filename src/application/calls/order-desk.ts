import type { OrderOutcome } from '../../domain/call/call-order.js';
import type { AddressedOrder, CallOrders } from '../ports/call-orders.js';
import type { Cancel } from '../ports/clock.js';
import type { CallRegistry } from './call-registry.js';

/** Where orders for the calls of this node arrive. */
export class OrderDesk {
  constructor(private readonly registry: Pick<CallRegistry, 'find'>) {}

  /** Never rejects. */
  carryOut({ callId, order }: AddressedOrder): Promise<OrderOutcome> {
    return this.registry.find(callId)?.obey(order) ?? Promise.resolve('not-live');
  }

  /** Takes what others ask of calls of this node, until cancelled. */
  serve(orders: CallOrders, nodeName: string): Cancel {
    return orders.serve(nodeName, (addressed) => this.carryOut(addressed));
  }
}
