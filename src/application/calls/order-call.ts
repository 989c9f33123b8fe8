import { type CallOrder, kindOf, type OrderOutcome } from '../../domain/call/call-order.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { AddressedOrder, CallOrders } from '../ports/call-orders.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { PortError } from '../ports/port-error.js';

export interface OrderCallPorts {
  readonly repository: CallRepository;
  readonly orders: CallOrders;
  /** Whether nothing can be known of the calls of other nodes now. */
  readonly away: () => boolean;
}

/** Brings an order for a call of a tenant to the node that runs it. */
export class OrderCall {
  constructor(private readonly ports: OrderCallPorts) {}

  /** @throws PortError `call-repository/unavailable` when nobody can say whether there is such a call. */
  async execute(tenantId: TenantId, callId: CallId, order: CallOrder, signal: AbortSignal): Promise<OrderOutcome> {
    const { repository, orders, away } = this.ports;
    const record = (await repository.find(callId, signal))?.record ?? null;
    // The same for a call of another tenant: else it would show that there is one.
    if (record?.tenantId !== tenantId && away()) throw new PortError('shared state is away, and the call is not one of this node', { code: 'call-repository/unavailable', kind: 'unavailable' });
    if (record?.tenantId !== tenantId || record.state === 'ended') return 'not-live';
    return orders.issue(record.ownerNode, { callId, order }, signal);
  }
}

/** The handler of a node's orders, with their outcomes as a metric and in the log: a call that did what nobody in it asked for is explained there. */
export function observed(handler: (addressed: AddressedOrder) => Promise<OrderOutcome>, { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger }): (addressed: AddressedOrder) => Promise<OrderOutcome> {
  return async (addressed) => {
    const tell = (outcome: OrderOutcome): void => {
      metrics.count('orders_total', { order: addressed.order.type, outcome: outcome === 'accepted' ? outcome : kindOf(outcome) });
      logger.info('order to a call', { callId: addressed.callId, order: addressed.order.type, outcome });
    };
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
