import { MemoryLiveFeed } from '../../../../src/adapters/state/memory/memory-live-feed.js';
import { liveFeedContract } from '../../../contract/live-feed.contract.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { SequentialIds } from '../../../support/fakes/sequential-ids.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('MemoryLiveFeed', () => {
  liveFeedContract(() => {
    const clock = new VirtualClock();
    const feed = new MemoryLiveFeed({ clock, ids: new SequentialIds(), logger: silentLogger, metrics: new RecordingMetrics() });
    return Promise.resolve({ feed, other: feed, pass: (ms) => clock.run(ms) });
  });
});
