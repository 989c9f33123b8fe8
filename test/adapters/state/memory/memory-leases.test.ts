import { MemoryCallSlots } from '../../../../src/adapters/state/memory/memory-call-slots.js';
import { MemoryNodeRegistry } from '../../../../src/adapters/state/memory/memory-node-registry.js';
import { MemoryTickets } from '../../../../src/adapters/state/memory/memory-tickets.js';
import { callSlotsContract } from '../../../contract/call-slots.contract.js';
import { ticketsContract } from '../../../contract/tickets.contract.js';
import { nodeRegistryContract } from '../../../contract/node-registry.contract.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('MemoryNodeRegistry', () => {
  nodeRegistryContract(() => {
    const clock = new VirtualClock();
    return Promise.resolve({ registry: new MemoryNodeRegistry(clock), pass: (ms) => clock.run(ms) });
  });
});

describe('MemoryCallSlots', () => {
  callSlotsContract(() => {
    const clock = new VirtualClock();
    return Promise.resolve({ slots: new MemoryCallSlots(clock), pass: (ms) => clock.run(ms) });
  });
});

describe('MemoryTickets', () => {
  ticketsContract(() => {
    const clock = new VirtualClock();
    const tickets = new MemoryTickets(clock);
    return Promise.resolve({ tickets, elsewhere: tickets, wallTime: () => clock.wallTime(), pass: (ms) => clock.run(ms) });
  });
});
