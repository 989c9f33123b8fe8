import type { CallOrder, OrderOutcome } from '../../domain/call/call-order.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { AddressedOrder, CallOrders } from '../ports/call-orders.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Metrics } from '../ports/metrics.js';

export interface OrderCallPorts {
  readonly repository: CallRepository;
  readonly orders: CallOrders;
}

/** Brings an order for a call of a tenant to the node that runs it. */
export class OrderCall {
  constructor(private readonly ports: OrderCallPorts) {}

  async execute(tenantId: TenantId, callId: CallId, order: CallOrder, signal: AbortSignal): Promise<OrderOutcome> {
    const { repository, orders } = this.ports;
    const record = (await repository.find(callId, signal))?.record ?? null;
    if (record === null || record.tenantId !== tenantId || record.state === 'ended') return 'not-live';
    return orders.issue(record.ownerNode, { callId, order }, signal);
  }
}

/** The handler of a node's orders, with their outcomes as a metric. */
export function counted(handler: (addressed: AddressedOrder) => Promise<OrderOutcome>, metrics: Metrics): (addressed: AddressedOrder) => Promise<OrderOutcome> {
  return async (addressed) => {
    const tell = (outcome: OrderOutcome): void => { metrics.count('orders_total', { order: addressed.order.type, outcome }); };
    try {
      const outcome = await handler(addressed);
      tell(outcome);
      return outcome;
    } catch (error) {
      tell('failed');
      throw error;
    }
  };
}
