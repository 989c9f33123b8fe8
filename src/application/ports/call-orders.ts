import type { CallOrder, NodeOrder, OrderOutcome } from '../../domain/call/call-order.js';
import type { CallId } from '../../domain/shared/ids.js';
import type { Cancel } from './clock.js';

/** An order takes this long at most on its way there and back. */
export const ORDER_DEADLINE_MS = 2000;
/** One to a node itself may have to look through its disk: a second per 500 MB of events, measured. */
export const NODE_ORDER_DEADLINE_MS = 5000;

/** For a call, or for the node itself. */
export type AddressedOrder =
  | { readonly callId: CallId; readonly order: CallOrder }
  | { readonly callId: null; readonly order: NodeOrder };

export function orderDeadlineMs({ callId }: AddressedOrder): number {
  return callId === null ? NODE_ORDER_DEADLINE_MS : ORDER_DEADLINE_MS;
}

/**
 * Brings orders to the node that has the call, and to nodes themselves. At most once: an order whose answer was lost may have been carried out, and is never
 * repeated. Throws PortError `call-orders/*`: `call-orders/unreachable` (kind `unavailable`) when nobody serves that node or nobody
 * answered within `ORDER_DEADLINE_MS`, or `NODE_ORDER_DEADLINE_MS` for one to a node itself.
 */
export interface CallOrders {
  /** Resolves to what the handler of `node` said. */
  issue(node: string, addressed: AddressedOrder, signal: AbortSignal): Promise<OrderOutcome>;
  /** Serves orders for `node` and its calls, one handler per node. A handler that throws is answered with `failed`. */
  serve(node: string, handler: (addressed: AddressedOrder) => Promise<OrderOutcome>): Cancel;
  close(): Promise<void>;
}
