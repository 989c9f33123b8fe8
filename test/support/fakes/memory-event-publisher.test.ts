import { expect } from 'chai';
import { eventPublisherContract } from '../../contract/event-publisher.contract.js';
import { aDomainEvent } from '../builders/a-domain-event.js';
import { MemoryEventPublisher } from './memory-event-publisher.js';

describe('MemoryEventPublisher', () => {
  eventPublisherContract(() => {
    const publisher = new MemoryEventPublisher();
    return Promise.resolve({
      publisher, dispose: () => Promise.resolve(),
      delivered: () => Promise.resolve(publisher.events.map(({ id, callId, sequence, body }) => ({ id, callId, sequence, type: body.type }))),
    });
  });

  it('drops the newest past its bound and counts it', () => {
    const publisher = new MemoryEventPublisher({ eventsMax: 1 });
    publisher.publish(aDomainEvent({ type: 'dtmf.received' }));
    publisher.publish(aDomainEvent());
    expect(publisher.types()).to.deep.equal(['dtmf.received']);
    expect(publisher.dropped).to.equal(1);
  });
});
