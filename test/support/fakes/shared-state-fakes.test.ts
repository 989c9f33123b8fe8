import { eventPublisherContract } from '../../contract/event-publisher.contract.js';
import { nodeRegistryContract } from '../../contract/node-registry.contract.js';
import { outboxContract } from '../../contract/outbox.contract.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeNodeRegistry } from './fake-node-registry.js';
import { MemoryOutbox } from './memory-outbox.js';
import { StallingEventPublisher } from './stalling-event-publisher.js';

describe('MemoryOutbox', () => {
  outboxContract(() => {
    const clock = new VirtualClock();
    const outbox = new MemoryOutbox(clock);
    return Promise.resolve({ outbox, pass: (ms) => clock.run(ms), add: (...events) => { outbox.add(...events); return Promise.resolve(); } });
  });
});

describe('FakeNodeRegistry', () => {
  nodeRegistryContract(() => {
    const clock = new VirtualClock();
    return Promise.resolve({ registry: new FakeNodeRegistry(clock), pass: (ms) => clock.run(ms) });
  });
});

describe('StallingEventPublisher', () => {
  eventPublisherContract(() => {
    const publisher = new StallingEventPublisher();
    return Promise.resolve({
      publisher, dispose: () => Promise.resolve(),
      delivered: () => Promise.resolve(publisher.delivered.map(({ id, callId, sequence, body }) => ({ id, callId, sequence, type: body.type }))),
    });
  });
});
