import type { MediaEvent } from '../../application/ports/media-leg.js';
import { GainRamp } from '../../domain/audio/gain-ramp.js';
import { Playout } from '../../domain/audio/playout.js';
import type { PlayoutBuffer } from '../../domain/audio/playout-buffer.js';
import { RTP_HEADER_BYTES, writeRtpHeader, type RtpHeader } from '../../domain/audio/rtp-packet.js';
import { wrap16, wrap32 } from '../../domain/audio/sequence.js';
import type { FrameWorkspace } from './frame-workspace.js';
import { LEG_WORDS } from './leg-memory.js';
import type { PacketIo } from './packet-io.js';
import type { RtpCodec } from './rtp-codec.js';

const DECIBEL_HUNDREDTHS = 100;

/** Where an RTP stream begins: random, so that nobody can guess it (RFC 3550 §5.1). */
export interface RtpOrigin {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
}

export interface AgentPathOptions {
  readonly codec: RtpCodec;
  readonly workspace: FrameWorkspace;
  readonly buffer: PlayoutBuffer;
  readonly origin: RtpOrigin;
  /** The leg's shared words. */
  readonly words: Int32Array;
  readonly emit: (event: MediaEvent) => void;
}

/**
 * From the agent's samples to a stream of one packet per 20 ms that never pauses: silence is sent when nothing is said, so that
 * the far end's jitter buffer stays filled. Lives in the media thread.
 */
export class AgentPath {
  private readonly frame: Int16Array;
  private readonly playout: Playout;
  private readonly gain = new GainRamp();
  private readonly header: { -readonly [Key in keyof RtpHeader]: RtpHeader[Key] };
  private readonly place: { bytes: Uint8Array; offset: number } = { bytes: new Uint8Array(0), offset: 0 };
  private readonly payloadBytes: number;
  private sent = 0;

  constructor(private readonly options: AgentPathOptions) {
    const { codec, origin } = options;
    this.frame = options.workspace.agentFrame;
    this.payloadBytes = this.frame.length * codec.bytesPerSample;
    this.playout = new Playout(options.buffer);
    this.header = { payloadType: codec.payloadType, marker: false, ...origin };
  }

  get ssrc(): number {
    return this.header.ssrc;
  }

  /** Makes the workspace's next agent frame: agent audio or silence, with the gain that is asked for. */
  fill(nowMs: number): void {
    const { buffer, words, emit } = this.options;
    const playedBefore = buffer.played;
    const change = this.playout.next(this.frame);
    this.gain.setDecibels(Atomics.load(words, LEG_WORDS.duck) / DECIBEL_HUNDREDTHS);
    if (this.playout.isSpeaking) this.gain.apply(this.frame);
    this.header.marker = change === 'started';
    if (change === 'started') emit({ type: 'playout-started', atMs: nowMs, position: playedBefore });
    else if (change === 'drained') emit({ type: 'playout-drained', atMs: nowMs, position: buffer.played });
    words[LEG_WORDS.underruns] = this.playout.underruns;
  }

  /** A tick that sends nothing, because the peer is unknown or the moment has passed. Agent audio waits; RTP time goes on. */
  skip(): void {
    this.frame.fill(0);
    this.header.timestamp = wrap32(this.header.timestamp + this.frame.length);
  }

  /** Sends the frame that `fill` made. */
  send(io: PacketIo, address: number, port: number): void {
    const offset = io.reserve();
    if (offset >= 0) {
      this.place.bytes = io.outgoing;
      this.place.offset = offset + RTP_HEADER_BYTES;
      writeRtpHeader(this.header, io.outgoing, offset);
      this.options.codec.encode(this.frame, this.place);
      io.send(RTP_HEADER_BYTES + this.payloadBytes, address, port);
      this.sent += 1;
      this.options.words[LEG_WORDS.packetsSent] = this.sent;
    }
    this.header.sequence = wrap16(this.header.sequence + 1);
    this.header.timestamp = wrap32(this.header.timestamp + this.frame.length);
  }
}
