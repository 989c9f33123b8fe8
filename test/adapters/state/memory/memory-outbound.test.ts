import { MemoryIdempotencyKeys } from '../../../../src/adapters/state/memory/memory-idempotency-keys.js';
import { MemoryOutboundQuota } from '../../../../src/adapters/state/memory/memory-outbound-quota.js';
import { idempotencyKeysContract } from '../../../contract/idempotency-keys.contract.js';
import { outboundQuotaContract } from '../../../contract/outbound-quota.contract.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('MemoryOutboundQuota', () => {
  outboundQuotaContract(() => {
    const clock = new VirtualClock();
    let days = 0;
    const wallTime = clock.wallTime.bind(clock);
    clock.wallTime = () => new Date(Date.parse(wallTime()) + days * 86_400_000).toISOString();
    return Promise.resolve({ quota: new MemoryOutboundQuota(clock), pass: (ms) => clock.run(ms), turnDay: () => { days += 1; return Promise.resolve(); } });
  });
});

describe('MemoryIdempotencyKeys', () => {
  idempotencyKeysContract(() => {
    const clock = new VirtualClock();
    return Promise.resolve({ keys: new MemoryIdempotencyKeys(clock), pass: (ms) => { clock.advance(ms); return Promise.resolve(); } });
  });
});
