import { RtpMediaPlane } from '../../../src/adapters/media/rtp-media-plane.js';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import type { MediaIo } from '../../../src/adapters/media/media-protocol.js';
import type { RtpCodecName } from '../../../src/adapters/media/rtp-leg.js';
import { CONTRACT_MEDIA_TIMEOUT_MS, CONTRACT_VOICE_DETECTION, mediaLegContract, type MediaLegUnderTest } from '../../contract/media-leg.contract.js';
import { RtpPeer } from '../../support/rtp/rtp-peer.js';

const CASES: readonly { readonly io: MediaIo; readonly codec: RtpCodecName }[] = [
  { io: 'batched', codec: 'ulaw' },
  { io: 'batched', codec: 'slin16' },
  { io: 'dgram', codec: 'alaw' },
];

const WORKER_MODULE = new URL('../../../src/composition/media-worker.js', import.meta.url);

for (const { io, codec } of CASES) {
  describe(`RtpMediaPlane, ${io}, ${codec}`, () => {
    let plane: RtpMediaPlane;

    before(async () => {
      plane = await RtpMediaPlane.open({ bindHost: '127.0.0.1', port: 0, io, maxLegs: 8, workerModule: WORKER_MODULE }, AbortSignal.timeout(5000));
    });

    after(async () => { await plane.close(); });

    mediaLegContract(async (): Promise<MediaLegUnderTest> => {
      const peer = await RtpPeer.open(codec);
      const leg = plane.openLeg({ codec, voiceDetection: CONTRACT_VOICE_DETECTION, mediaTimeoutMs: CONTRACT_MEDIA_TIMEOUT_MS, label: 'contract' });
      leg.pinPeer('127.0.0.1', peer.port);
      peer.stream(plane.localPort);
      return {
        leg,
        speak: (samples) => { peer.speak(samples); },
        vanish: () => { peer.vanish(); },
        heard: () => peer.heard,
        pass: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }),
        nowMs: monotonicNowMs,
        slackMs: 500,
        close: async () => {
          await leg.close();
          await peer.close();
        },
      };
    });
  });
}
