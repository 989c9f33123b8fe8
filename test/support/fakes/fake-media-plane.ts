import { PortError } from '../../../src/application/ports/port-error.js';
import type { RtpLeg, RtpLegOptions } from '../../../src/adapters/media/rtp-leg.js';
import { MemoryLeg } from './memory-leg.js';

/** A media leg in memory that remembers to whom it was pinned. */
export class FakeRtpLeg extends MemoryLeg implements RtpLeg {
  readonly pinnedTo: string[] = [];

  constructor(readonly options: RtpLegOptions) {
    super({ sampleRateHz: options.codec === 'slin16' ? 16_000 : 8000, voiceDetection: options.voiceDetection, mediaTimeoutMs: options.mediaTimeoutMs });
  }

  pinPeer(host: string, port: number): void {
    this.pinnedTo.push(`${host}:${String(port)}`);
  }
}

/** The media plane, as telephony adapters see it, without packets. */
export class FakeMediaPlane {
  readonly legs: FakeRtpLeg[] = [];

  constructor(readonly localPort = 33_999, public legsMax = Number.POSITIVE_INFINITY) {}

  openLeg(options: RtpLegOptions): FakeRtpLeg {
    if (this.openLegs.length >= this.legsMax) throw new PortError('every media leg is taken', { code: 'media/capacity', kind: 'unavailable' });
    const leg = new FakeRtpLeg(options);
    this.legs.push(leg);
    return leg;
  }

  get openLegs(): readonly FakeRtpLeg[] {
    return this.legs.filter((leg) => !leg.closed);
  }
}
