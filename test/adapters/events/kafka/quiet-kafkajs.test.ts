import { createRequire } from 'node:module';
import { expect } from 'chai';
import { quietKafkajs } from '../../../../src/adapters/events/kafka/quiet-kafkajs.js';

const require = createRequire(import.meta.url);

interface RequestQueue {
  readonly pending: unknown[];
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  destroy(): void;
}

describe('quietKafkajs', () => {
  const logger = { debug: () => undefined };
  let queue: RequestQueue;

  beforeEach(() => {
    quietKafkajs();
    const Queue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => RequestQueue;
    queue = new Queue({ maxInFlightRequests: 0, requestTimeout: 1000, enforceRequestTimeout: false, clientId: 'test', broker: 'test', logger });
  });

  afterEach(() => { queue.destroy(); });

  it('sets no timer while no request waits', () => {
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });

  it('still looks again while a request waits', () => {
    queue.pending.push({ send: () => undefined });
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.to.equal(null);
  });

  it('does nothing the second time', () => {
    quietKafkajs();
    quietKafkajs();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });

  it('refuses another version of kafkajs, and one without the method', () => {
    expect(() => { quietKafkajs(() => ({ version: '2.3.0' })); }).to.throw(/kafkajs is 2\.3\.0.*Fix:/u);
    expect(() => { quietKafkajs((id) => (id.endsWith('package.json') ? { version: '2.2.4' } : { prototype: {} })); }).to.throw(/damaged.*Fix:/u);
  });
});
