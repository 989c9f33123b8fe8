/**
 * The media thread's engine without a thread, a socket or real time: the test brings datagrams and lets ticks pass.
 * (A bench as electronics engineers have one, to put a part under test.)
 */
import type { MediaEvent } from '../../../src/application/ports/media-leg.js';
import { LEG_WORDS, LegMemory, mediaMemoryBytes, PLANE_WORDS, planeWords } from '../../../src/adapters/media/leg-memory.js';
import { MediaEngine, PHASES } from '../../../src/adapters/media/media-engine.js';
import type { MediaReport } from '../../../src/adapters/media/media-protocol.js';
import type { PacketIo } from '../../../src/adapters/media/packet-io.js';
import type { RtpCodecName } from '../../../src/adapters/media/rtp-leg.js';
import { rtpCodec } from '../../../src/adapters/media/rtp-codec.js';
import { EnergyVad } from '../../../src/domain/audio/energy-vad.js';
import { FRAME_MS } from '../../../src/domain/audio/frame.js';
import { PlayoutBuffer } from '../../../src/domain/audio/playout-buffer.js';
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader, type RtpHeader } from '../../../src/domain/audio/rtp-packet.js';
import { TimelineReader } from '../../../src/domain/audio/timeline-ring.js';

export interface SentPacket {
  readonly packet: RtpPacket;
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly port: number;
}

/** Keeps what is sent. */
class RecordingIo implements PacketIo {
  readonly kind = 'batched';
  readonly localPort = 1;
  readonly receiveBufferBytes = 1;
  readonly outgoing = new Uint8Array(2048);
  readonly packets: SentPacket[] = [];
  packetsSent = 0;
  sendFailures = 0;

  poll(): void {
    // Datagrams are brought by the test.
  }

  reserve(): number {
    return 0;
  }

  send(length: number, address: number, port: number): void {
    const bytes = this.outgoing.slice(0, length);
    const packet = new RtpPacket();
    if (packet.parse({ bytes, offset: 0, length }) !== 'none') throw new Error('the engine sent something that is not RTP');
    this.packets.push({ packet, bytes, address, port });
    this.packetsSent += 1;
  }

  flush(): void {
    // Kept already.
  }

  kernelDrops(): number {
    return 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const LOOPBACK = 0x7f000001;

export class EngineBench {
  nowMs = 1000;
  readonly reports: MediaReport[] = [];
  readonly io = new RecordingIo();
  readonly engine: MediaEngine;
  private readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;

  constructor(maxLegs = 4) {
    this.memory = new SharedArrayBuffer(mediaMemoryBytes(maxLegs));
    this.words = planeWords(this.memory);
    this.engine = new MediaEngine({
      memory: this.memory, maxLegs, classifiers: () => new EnergyVad(), report: (report) => { this.reports.push(report); }, nowMs: () => this.nowMs,
    });
  }

  /** Opens a leg whose peer is 127.0.0.1:`port`; 0 leaves it without one. */
  open(slot: number, port: number, codec: RtpCodecName = 'ulaw', generation = 1): void {
    new LegMemory(this.memory, slot).clear();
    this.engine.execute({ type: 'open', slot, generation, codec, voiceDetection: { onsetMs: 60, offsetMs: 200, sustainedMs: 200 }, mediaTimeoutMs: 1000 });
    if (port !== 0) this.engine.execute({ type: 'pin', slot, generation, address: LOOPBACK, port });
  }

  close(slot: number, generation = 1): void {
    this.engine.execute({ type: 'close', slot, generation });
  }

  /** A datagram arrives from 127.0.0.1:`port`. */
  arrive(port: number, bytes: Uint8Array): void {
    this.engine.receive({ bytes, offset: 0, length: bytes.length, address: LOOPBACK, port });
  }

  /** One 20 ms tick of all phases; `lateMs` later than due. */
  tick(lateMs = 0): void {
    this.nowMs += FRAME_MS;
    for (let phase = 0; phase < PHASES; phase += 1) this.engine.tick(phase, this.io, this.nowMs, this.nowMs + lateMs);
  }

  playout(slot: number): PlayoutBuffer {
    return new PlayoutBuffer(new LegMemory(this.memory, slot).playout);
  }

  /** Caller samples since the leg was opened, or those of another track. */
  timeline(slot: number, track = 0): Int16Array {
    const reader = new TimelineReader(new LegMemory(this.memory, slot).timeline, 0);
    const samples = new Int16Array(reader.available());
    reader.copy(track, samples);
    return samples;
  }

  tapSent(slot: number): void {
    new LegMemory(this.memory, slot).words[LEG_WORDS.tapSent] = 1;
  }

  leg(slot: number, word: keyof typeof LEG_WORDS): number {
    return new LegMemory(this.memory, slot).words[LEG_WORDS[word]] ?? 0;
  }

  plane(word: keyof typeof PLANE_WORDS): number {
    return this.words[PLANE_WORDS[word]] ?? 0;
  }

  events(slot: number): readonly MediaEvent[] {
    return this.reports.flatMap((report) => (report.type === 'event' && report.slot === slot ? [report.event] : []));
  }
}

/** One RTP packet of a codec. */
export function rtpPacket(codec: RtpCodecName, header: Partial<RtpHeader>, samples: Int16Array): Uint8Array {
  const { payloadType, bytesPerSample } = rtpCodec(codec);
  const bytes = new Uint8Array(RTP_HEADER_BYTES + samples.length * bytesPerSample);
  writeRtpHeader({ payloadType, sequence: 0, timestamp: 0, ssrc: 5, marker: false, ...header }, bytes, 0);
  rtpCodec(codec).encode(samples, { bytes, offset: RTP_HEADER_BYTES });
  return bytes;
}
