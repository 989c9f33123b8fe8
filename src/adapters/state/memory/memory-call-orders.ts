import { deadline } from '../../../application/lifecycle/deadline.js';
import { orAborted } from '../../../application/lifecycle/or-aborted.js';
import { type AddressedOrder, type CallOrders, orderDeadlineMs } from '../../../application/ports/call-orders.js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { OrderOutcome } from '../../../domain/call/call-order.js';

/** Orders on their way at one time. Past it the next is refused: `call-orders/busy`. */
const UNDER_WAY_MAX = 200;

type Handler = (addressed: AddressedOrder) => Promise<OrderOutcome>;

/** Orders within one process. */
export class MemoryCallOrders implements CallOrders {
  private readonly handlers = new Map<string, Handler>();
  private underWay = 0;

  constructor(private readonly clock: Clock) {}

  async issue(node: string, addressed: AddressedOrder, signal: AbortSignal): Promise<OrderOutcome> {
    if (signal.aborted) throw aborted();
    const handler = this.handlers.get(node);
    if (handler === undefined) throw new PortError('nobody takes orders for that node', { code: 'call-orders/unreachable', kind: 'unavailable' });
    if (this.underWay >= UNDER_WAY_MAX) throw new PortError('too many orders are under way', { code: 'call-orders/busy', kind: 'rate-limited' });
    this.underWay += 1;
    const limit = deadline(this.clock, orderDeadlineMs(addressed), signal);
    try {
      return await orAborted(obeyed(handler, addressed), limit.signal);
    } catch (cause) {
      if (!limit.expired) throw aborted();
      throw new PortError('the order was not answered in time', { code: 'call-orders/unreachable', kind: 'unavailable', retryable: false, cause });
    } finally {
      limit.clear();
      this.underWay -= 1;
    }
  }

  serve(node: string, handler: Handler): Cancel {
    this.handlers.set(node, handler);
    return () => { if (this.handlers.get(node) === handler) this.handlers.delete(node); };
  }

  close(): Promise<void> {
    this.handlers.clear();
    return Promise.resolve();
  }
}

async function obeyed(handler: Handler, addressed: AddressedOrder): Promise<OrderOutcome> {
  try {
    return await handler(addressed);
  } catch {
    return 'failed'; // the port says so; the handler tells operators
  }
}

function aborted(): PortError {
  return new PortError('the request was aborted', { code: 'call-orders/aborted', kind: 'timeout', retryable: false });
}
