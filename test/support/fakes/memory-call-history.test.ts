import { CONTRACT_RETENTION, callHistoryContract } from '../../contract/call-history.contract.js';
import { NOON_MS } from '../builders/a-kept-call.js';
import { VirtualClock } from '../virtual-clock.js';
import { MemoryCallHistory } from './memory-call-history.js';

describe('MemoryCallHistory', () => {
  callHistoryContract(() => {
    const clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    return Promise.resolve({ history: new MemoryCallHistory({ clock, ...CONTRACT_RETENTION }), pass: (ms) => clock.run(ms) });
  });
});
