import { MemoryCallOrders } from '../../../../src/adapters/state/memory/memory-call-orders.js';
import { ORDER_DEADLINE_MS } from '../../../../src/application/ports/call-orders.js';
import { callOrdersContract } from '../../../contract/call-orders.contract.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('MemoryCallOrders', () => {
  callOrdersContract(() => {
    const clock = new VirtualClock();
    const orders = new MemoryCallOrders(clock);
    return Promise.resolve({ orders, other: orders, untilDeadline: () => clock.run(ORDER_DEADLINE_MS) });
  });
});
