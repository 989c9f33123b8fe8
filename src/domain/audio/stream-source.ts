import type { RtpStamp } from './rtp-packet.js';
import { distance16, wrap16 } from './sequence.js';

/** RFC 3550 appendix A.1: a forward jump up to this is loss, */
const DROPOUT_MAX = 3000;
/** and a backward one up to this is reordering; anything else is another stream. */
const MISORDER_MAX = 100;
/** Sequence numbers behind the newest of which it is known whether they came. */
const WINDOW = 32;

/**
 * `accepted` belongs to the stream. `duplicate` came before. `suspected` may be the first packet of another stream
 * (other SSRC or an impossible jump): keep it until the next packet. `switched` proves that, the stream is new from the suspect on.
 */
export type Admission = 'accepted' | 'duplicate' | 'suspected' | 'switched';

/**
 * Which packets of a peer belong to the stream that is played. A new SSRC is believed after two packets in sequence with
 * none of the old stream between them: one forged packet changes nothing, and two streams at once do not flap.
 */
export class StreamSource {
  private started = false;
  private ssrc = 0;
  private highest = 0;
  private seen = 0; // bit n: `highest` - n came
  private expectedBefore = 0; // of earlier streams
  private spanned = 0; // sequence numbers from the first of this stream to `highest`
  private suspectSsrc = 0;
  private suspectNext = -1;

  /** Streams taken up after the first one. */
  changes = 0;

  /** Sequence numbers that should have come so far. */
  get expected(): number {
    return this.expectedBefore + this.spanned;
  }

  /** SSRC of the stream that is played; undefined before its first packet. */
  get currentSsrc(): number | undefined {
    return this.started ? this.ssrc : undefined;
  }

  /** True for the newest packet so far, false for one that others overtook. Of the packet admitted last. */
  inOrder = false;

  admit(packet: RtpStamp): Admission {
    if (!this.started) {
      this.begin(packet);
      return 'accepted';
    }
    if (packet.ssrc !== this.ssrc) return this.suspect(packet);
    const ahead = distance16(this.highest, packet.sequence);
    if (ahead > DROPOUT_MAX || ahead < -MISORDER_MAX) return this.suspect(packet);
    this.suspectNext = -1;
    return ahead > 0 ? this.advance(packet, ahead) : this.fillIn(-ahead);
  }

  /** Takes down a packet that holds nothing to play. True: it is one more of this stream. It neither begins another stream nor makes one suspected. */
  note(packet: RtpStamp): boolean {
    if (!this.started || packet.ssrc !== this.ssrc) return false;
    const ahead = distance16(this.highest, packet.sequence);
    if (ahead > DROPOUT_MAX || ahead < -MISORDER_MAX) return false;
    this.suspectNext = -1; // the stream goes on: whatever else came is not its successor
    return (ahead > 0 ? this.advance(packet, ahead) : this.fillIn(-ahead)) === 'accepted';
  }

  private begin(packet: RtpStamp): void {
    this.started = true;
    this.ssrc = packet.ssrc;
    this.highest = packet.sequence;
    this.seen = 1;
    this.expectedBefore += this.spanned;
    this.spanned = 1;
    this.suspectNext = -1;
    this.inOrder = true;
  }

  private advance(packet: RtpStamp, ahead: number): Admission {
    this.highest = packet.sequence;
    this.spanned += ahead;
    this.seen = (ahead < WINDOW ? this.seen << ahead : 0) | 1;
    this.inOrder = true;
    return 'accepted';
  }

  private fillIn(behind: number): Admission {
    this.inOrder = false;
    if (behind >= WINDOW) return 'accepted'; // far too late to be played: the caller will see that
    const bit = 1 << behind;
    if ((this.seen & bit) !== 0) return 'duplicate';
    this.seen |= bit;
    return 'accepted';
  }

  private suspect(packet: RtpStamp): Admission {
    if (packet.ssrc === this.suspectSsrc && packet.sequence === this.suspectNext) {
      this.changes += 1;
      this.begin(packet);
      this.spanned = 2; // with the suspect before it
      this.seen = 3;
      return 'switched';
    }
    this.suspectSsrc = packet.ssrc;
    this.suspectNext = wrap16(packet.sequence + 1);
    return 'suspected';
  }
}
