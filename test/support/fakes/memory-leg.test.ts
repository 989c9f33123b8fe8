import { CONTRACT_MEDIA_TIMEOUT_MS, CONTRACT_VOICE_DETECTION, mediaLegContract } from '../../contract/media-leg.contract.js';
import { VirtualClock } from '../virtual-clock.js';
import { MemoryLeg } from './memory-leg.js';

for (const sampleRateHz of [8000, 16000] as const) {
  describe(`MemoryLeg at ${sampleRateHz} Hz`, () => {
    mediaLegContract(() => {
      const clock = new VirtualClock();
      const leg = new MemoryLeg({ clock, sampleRateHz, voiceDetection: CONTRACT_VOICE_DETECTION, mediaTimeoutMs: CONTRACT_MEDIA_TIMEOUT_MS });
      return Promise.resolve({
        leg,
        speak: (samples) => { leg.hear(samples); },
        vanish: () => { leg.disconnect(); },
        heard: () => leg.sent,
        pass: (ms) => clock.run(ms),
        nowMs: () => clock.nowMs(),
        slackMs: 0,
        close: () => leg.close(),
      });
    });
  });
}
