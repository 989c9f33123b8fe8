import type { MediaEvent, VoiceDetection } from '../../application/ports/media-leg.js';
import { JitterBuffer } from '../../domain/audio/jitter-buffer.js';
import type { RtpPacket } from '../../domain/audio/rtp-packet.js';
import { VoiceActivity, type FrameClassifier } from '../../domain/audio/vad.js';
import type { FrameWorkspace } from './frame-workspace.js';
import { LEG_WORDS } from './leg-memory.js';
import { COMFORT_NOISE_PAYLOAD_TYPES, type RtpCodec } from './rtp-codec.js';

export interface CallerPathOptions {
  readonly codec: RtpCodec;
  readonly workspace: FrameWorkspace;
  readonly classifier: FrameClassifier;
  readonly voiceDetection: VoiceDetection;
  readonly mediaTimeoutMs: number;
  /** The leg's shared words: statistics are written here. */
  readonly words: Int32Array;
  readonly emit: (event: MediaEvent) => void;
}

/** What became of a packet. */
export type PacketVerdict = 'taken' | 'payload-type' | 'malformed' | 'looped' | 'quarantined';

/** From the caller's packets to frames, voice events and the watch over the line. Lives in the media thread. */
export class CallerPath {
  /** SSRC of the peer's earlier call, whose last packets may still come. */
  refusedSsrc: number | undefined;
  private readonly jitter: JitterBuffer;
  private readonly activity: VoiceActivity;
  private received = 0;
  private malformed = 0;
  private voiced = false;
  private heard = false;
  private lost = false;
  private lastPacketMs = 0;

  constructor(private readonly options: CallerPathOptions) {
    this.jitter = new JitterBuffer(options.codec.sampleRateHz);
    this.activity = new VoiceActivity(options.voiceDetection);
  }

  /** SSRC of the stream that is played. */
  get ssrc(): number | undefined {
    return this.jitter.ssrc;
  }

  /** From now on packets are due: the peer is known. */
  expect(nowMs: number): void {
    this.lastPacketMs = nowMs;
    this.lost = false;
  }

  noteMalformed(): void {
    this.malformed += 1;
  }

  receive(packet: RtpPacket, bytes: Uint8Array, nowMs: number): PacketVerdict {
    if (packet.ssrc === this.refusedSsrc) return 'quarantined';
    const verdict = this.take(packet, bytes, nowMs);
    if (verdict !== 'taken') {
      this.malformed += 1;
      return verdict;
    }
    this.received += 1;
    this.lastPacketMs = nowMs;
    this.lost = false;
    if (!this.heard) this.options.emit({ type: 'media-started', atMs: nowMs });
    this.heard = true;
    return 'taken';
  }

  /** Makes the workspace's next caller frame, which began at `frameAtMs` on the caller's timeline. */
  tick(frameAtMs: number, nowMs: number): void {
    const frame = this.options.workspace.callerFrame;
    const kind = this.jitter.pop(frame);
    if (kind === 'silence') this.voiced = false;
    else if (kind === 'received') this.voiced = this.options.classifier.isVoiced(frame);
    // A concealed frame says nothing new: whoever spoke before it still does.
    this.noteVoice(frameAtMs, nowMs);
    if (this.options.mediaTimeoutMs <= nowMs - this.lastPacketMs) this.noteLoss(nowMs);
    this.publish();
  }

  close(): void {
    this.options.classifier.close();
  }

  private take(packet: RtpPacket, bytes: Uint8Array, nowMs: number): PacketVerdict {
    const { codec, workspace } = this.options;
    const { decoded, silence } = workspace;
    if (packet.payloadType !== codec.payloadType) {
      if (!COMFORT_NOISE_PAYLOAD_TYPES.includes(packet.payloadType)) {
        this.jitter.pass(packet);
        return 'payload-type';
      }
      this.jitter.push(packet, silence, silence.length, nowMs);
      return 'taken';
    }
    const samples = packet.payloadLength / codec.bytesPerSample;
    if (!Number.isInteger(samples) || samples > decoded.length) return 'malformed';
    codec.decode({ bytes, offset: packet.payloadOffset }, samples, decoded);
    this.jitter.push(packet, decoded, samples, nowMs);
    return 'taken';
  }

  private noteVoice(frameAtMs: number, atMs: number): void {
    const change = this.activity.push(this.voiced, frameAtMs);
    if (change === 'started') this.options.emit({ type: 'speech-started', atMs, onsetAtMs: this.activity.onsetAtMs });
    if (change === 'sustained') this.options.emit({ type: 'speech-sustained', atMs, onsetAtMs: this.activity.onsetAtMs });
    if (change === 'ended') this.options.emit({ type: 'speech-ended', atMs, lastVoicedAtMs: this.activity.lastVoicedAtMs });
  }

  private noteLoss(nowMs: number): void {
    if (this.lost || this.lastPacketMs === 0) return;
    this.lost = true;
    this.options.emit({ type: 'media-lost', atMs: nowMs });
  }

  private publish(): void {
    const { words } = this.options;
    words[LEG_WORDS.packetsReceived] = this.received;
    words[LEG_WORDS.packetsLost] = this.jitter.lost;
    words[LEG_WORDS.packetsLate] = this.jitter.late + this.jitter.early;
    words[LEG_WORDS.framesAdjusted] = this.jitter.trimmed + this.jitter.inserted;
    words[LEG_WORDS.packetsMalformed] = this.malformed;
    words[LEG_WORDS.ssrcChanges] = this.jitter.ssrcChanges;
  }
}
