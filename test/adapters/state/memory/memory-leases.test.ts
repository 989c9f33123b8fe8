import { MemoryCallSlots } from '../../../../src/adapters/state/memory/memory-call-slots.js';
import { MemoryNodeRegistry } from '../../../../src/adapters/state/memory/memory-node-registry.js';
import { callSlotsContract } from '../../../contract/call-slots.contract.js';
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
