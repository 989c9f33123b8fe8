import type { MediaEvent } from '../../application/ports/media-leg.js';
import { FRAME_MS } from '../../domain/audio/frame.js';
import { PlayoutBuffer } from '../../domain/audio/playout-buffer.js';
import type { RtpPacket } from '../../domain/audio/rtp-packet.js';
import { TimelineWriter } from '../../domain/audio/timeline-ring.js';
import type { FrameClassifier, VoiceActivityThresholds } from '../../domain/audio/vad.js';
import { AgentPath, type RtpOrigin } from './agent-path.js';
import { CallerPath, type PacketVerdict } from './caller-path.js';
import type { FrameWorkspace } from './frame-workspace.js';
import { CALLER_TRACK, LEG_WORDS, SENT_TRACK, type LegMemory } from './leg-memory.js';
import type { PacketIo } from './packet-io.js';
import type { RtpCodec } from './rtp-codec.js';

/** A tick that comes later than this does not send: three frames of catching up are what a far end's buffer takes. */
const SEND_LATENESS_MAX_MS = 60;
/** A tick that comes later than this does not look at packets either: the machine slept. */
const RECEIVE_LATENESS_MAX_MS = 1000;

export interface LegPipelineOptions {
  readonly slot: number;
  readonly generation: number;
  readonly memory: LegMemory;
  readonly codec: RtpCodec;
  /** Of the codec's rate. */
  readonly workspace: FrameWorkspace;
  readonly classifier: FrameClassifier;
  readonly voiceDetection: VoiceActivityThresholds;
  readonly mediaTimeoutMs: number;
  readonly origin: RtpOrigin;
  readonly emit: (event: MediaEvent) => void;
}

/** One leg in the media thread: both directions, moved on one frame by every tick. */
export class LegPipeline {
  readonly slot: number;
  readonly generation: number;
  /** The only source accepted, IPv4 as a number; port 0 while nobody is pinned. */
  peerAddress = 0;
  peerPort = 0;
  readonly caller: CallerPath;
  private readonly agent: AgentPath;
  private readonly timeline: TimelineWriter;

  constructor(private readonly options: LegPipelineOptions) {
    const { memory, codec, workspace, emit } = options;
    const { words } = memory;
    this.slot = options.slot;
    this.generation = options.generation;
    this.timeline = new TimelineWriter(memory.timeline);
    const { classifier, voiceDetection, mediaTimeoutMs, origin } = options;
    this.caller = new CallerPath({ codec, workspace, classifier, voiceDetection, mediaTimeoutMs, words, emit });
    this.agent = new AgentPath({ codec, workspace, buffer: new PlayoutBuffer(memory.playout), origin, words, emit });
  }

  get isPinned(): boolean {
    return this.peerPort !== 0;
  }

  pin(address: number, port: number, nowMs: number): void {
    this.peerAddress = address;
    this.peerPort = port;
    this.caller.expect(nowMs);
  }

  receive(packet: RtpPacket, bytes: Uint8Array, nowMs: number): PacketVerdict {
    if (packet.ssrc === this.agent.ssrc) return 'looped'; // our own stream, sent back
    return this.caller.receive(packet, bytes, nowMs);
  }

  /** The 20 ms up to `deadlineMs`. `nowMs` is later than that by as much as the thread is late. */
  tick(io: PacketIo, deadlineMs: number, nowMs: number): void {
    const { memory, workspace } = this.options;
    const frameAtMs = deadlineMs - FRAME_MS;
    if (this.timeline.position === 0 && memory.baseTimeMs[0] === 0) memory.baseTimeMs[0] = frameAtMs;
    const latenessMs = nowMs - deadlineMs;
    if (latenessMs < RECEIVE_LATENESS_MAX_MS) this.caller.tick(frameAtMs, nowMs);
    else workspace.callerFrame.fill(0);
    if (this.isPinned && latenessMs < SEND_LATENESS_MAX_MS) {
      this.agent.fill(nowMs);
      this.agent.send(io, this.peerAddress, this.peerPort);
    } else {
      this.agent.skip();
    }
    this.timeline.put(CALLER_TRACK, workspace.callerFrame);
    if (Atomics.load(memory.words, LEG_WORDS.tapSent) === 1) this.timeline.put(SENT_TRACK, workspace.agentFrame);
    this.timeline.advance(workspace.callerFrame.length);
  }

  close(): void {
    this.caller.close();
  }
}
