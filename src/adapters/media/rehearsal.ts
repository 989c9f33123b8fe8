import { FRAME_MS, samplesPerFrame } from '../../domain/audio/frame.js';
import { PlayoutBuffer } from '../../domain/audio/playout-buffer.js';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../domain/audio/rtp-packet.js';
import { tone } from '../../domain/audio/tones.js';
import type { FrameClassifierFactory } from '../../domain/audio/vad.js';
import { LegMemory, mediaMemoryBytes } from './leg-memory.js';
import { MediaEngine, PHASES } from './media-engine.js';
import { DATAGRAM_BYTES_MAX, type InboundDatagram, type PacketIo } from './packet-io.js';
import { rtpCodec } from './rtp-codec.js';
import type { RtpCodecName } from './rtp-leg.js';

const CODECS: readonly RtpCodecName[] = ['ulaw', 'alaw', 'slin16'];
const LEGS = 24;
const TICKS = 500;
/** One packet in so many is lost, so that the rare paths are not met for the first time in a call. */
const LOST_ONE_IN = 50;
const PEER_ADDRESS = 0x7f000001;
const FIRST_PORT = 1024;

/**
 * Plays made-up calls through the whole signal path, into nothing, before the first real one. Freshly loaded JavaScript is
 * interpreted, ten times slower than compiled: a thread at high priority that gets a thousand legs in that state falls behind and
 * keeps the compiler, a thread of normal priority, off its core. After this it is compiled. About 0.2 s of CPU.
 */
export function rehearse(classifiers: FrameClassifierFactory): void {
  const memory = new SharedArrayBuffer(mediaMemoryBytes(LEGS));
  let nowMs = 1;
  const engine = new MediaEngine({ memory, maxLegs: LEGS, classifiers, report: () => undefined, nowMs: () => nowMs });
  const io = new DiscardingIo();
  const legs = Array.from({ length: LEGS }, (_, slot) => new RehearsedLeg(slot, memory));
  for (const leg of legs) leg.open(engine);
  for (let tick = 0; tick < TICKS; tick += 1) {
    nowMs += FRAME_MS;
    for (const leg of legs) leg.speak(engine, tick);
    for (let phase = 0; phase < PHASES; phase += 1) engine.tick(phase, io, nowMs, nowMs);
  }
  engine.closeAll();
}

/** Both ends of one made-up call. */
class RehearsedLeg {
  private readonly codec: RtpCodecName;
  private readonly playout: PlayoutBuffer;
  private readonly speech: Int16Array;
  private readonly datagram: InboundDatagram;

  constructor(private readonly slot: number, memory: SharedArrayBuffer) {
    this.codec = CODECS[slot % CODECS.length] ?? 'ulaw';
    const { sampleRateHz, bytesPerSample } = rtpCodec(this.codec);
    this.playout = new PlayoutBuffer(new LegMemory(memory, slot).playout);
    this.speech = tone([300, 700, 1900], { sampleRateHz, durationMs: FRAME_MS, decibels: -20 });
    const length = RTP_HEADER_BYTES + samplesPerFrame(sampleRateHz) * bytesPerSample;
    this.datagram = { bytes: new Uint8Array(DATAGRAM_BYTES_MAX), offset: 0, length, address: PEER_ADDRESS, port: FIRST_PORT + slot };
  }

  open(engine: MediaEngine): void {
    const { slot, codec, datagram } = this;
    engine.execute({ type: 'open', slot, generation: 1, codec, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 }, mediaTimeoutMs: 10_000 });
    engine.execute({ type: 'pin', slot, generation: 1, address: datagram.address, port: datagram.port });
  }

  speak(engine: MediaEngine, tick: number): void {
    const { bytes } = this.datagram;
    const { payloadType, sampleRateHz } = rtpCodec(this.codec);
    if (tick % LOST_ONE_IN !== this.slot) {
      writeRtpHeader({ payloadType, marker: false, sequence: tick, timestamp: tick * samplesPerFrame(sampleRateHz), ssrc: 1 + this.slot }, bytes, 0);
      rtpCodec(this.codec).encode(this.speech, { bytes, offset: RTP_HEADER_BYTES });
      engine.receive(this.datagram);
    }
    if (tick % LOST_ONE_IN > this.slot) this.playout.write(this.speech);
  }
}

/** Where made-up calls send to. */
class DiscardingIo implements PacketIo {
  readonly kind = 'dgram';
  readonly localPort = 0;
  readonly receiveBufferBytes = 0;
  readonly outgoing = new Uint8Array(DATAGRAM_BYTES_MAX);
  readonly sendFailures = 0;
  packetsSent = 0;

  poll(): void {
    // Nothing arrives: the rehearsal brings its packets itself.
  }

  reserve(): number {
    return 0;
  }

  send(): void {
    this.packetsSent += 1;
  }

  flush(): void {
    // Nothing is kept.
  }

  kernelDrops(): number {
    return 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
