/**
 * The far end of an RTP leg on loopback, as Asterisk's UnicastRTP behaves: one packet per 20 ms from one port, and it
 * listens on the same. What it sends and how (order, loss, SSRC, raw bytes) is up to the test.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { rtpCodec, type RtpCodec } from '../../../src/adapters/media/rtp-codec.js';
import type { RtpCodecName } from '../../../src/adapters/media/rtp-leg.js';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { FRAME_MS, samplesPerFrame } from '../../../src/domain/audio/frame.js';
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader, type RtpHeader } from '../../../src/domain/audio/rtp-packet.js';

export interface HeardPacket {
  readonly header: RtpHeader;
  readonly samples: Int16Array;
  readonly atMs: number;
}

export class RtpPeer {
  readonly codec: RtpCodec;
  readonly frameSamples: number;
  /** Packets heard, oldest first. */
  readonly packets: HeardPacket[] = [];
  /** The header of the next packet; write into it to play another stream. */
  readonly next = { payloadType: 0, sequence: 65_530, timestamp: 4_294_960_000, ssrc: 0x5eed, marker: false };
  private readonly queue: Int16Array[] = [];
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly socket: Socket, codec: RtpCodecName) {
    this.codec = rtpCodec(codec);
    this.frameSamples = samplesPerFrame(this.codec.sampleRateHz);
    this.next.payloadType = this.codec.payloadType;
    socket.on('message', (bytes) => { this.hear(bytes); });
  }

  static async open(codec: RtpCodecName = 'ulaw', host = '127.0.0.1'): Promise<RtpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new RtpPeer(socket, codec);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Sends one packet every 20 ms from now on: what `speak` was given, else silence. */
  stream(toPort: number): void {
    const startMs = monotonicNowMs();
    let tick = 0;
    const step = (): void => {
      while (startMs + tick * FRAME_MS <= monotonicNowMs()) {
        this.sendFrame(toPort, this.queue.shift() ?? new Int16Array(this.frameSamples));
        tick += 1;
      }
      this.timer = setTimeout(step, Math.max(1, startMs + tick * FRAME_MS - monotonicNowMs()));
    };
    this.vanish();
    step();
  }

  /** Stops sending, as a cut line does. */
  vanish(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Says this in the frames to come. */
  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += this.frameSamples) {
      const frame = new Int16Array(this.frameSamples);
      frame.set(samples.subarray(at, at + this.frameSamples));
      this.queue.push(frame);
    }
  }

  /** Sends one frame with the next header. */
  sendFrame(toPort: number, frame: Int16Array): void {
    this.sendRaw(toPort, this.packetOf(frame));
    this.skipFrame();
  }

  /** Goes on in sequence and timestamp without sending: a lost packet. */
  skipFrame(): void {
    this.next.sequence = (this.next.sequence + 1) & 0xffff;
    this.next.timestamp = (this.next.timestamp + this.frameSamples) >>> 0;
  }

  packetOf(frame: Int16Array): Uint8Array {
    const bytes = new Uint8Array(RTP_HEADER_BYTES + frame.length * this.codec.bytesPerSample);
    writeRtpHeader(this.next, bytes, 0);
    this.codec.encode(frame, { bytes, offset: RTP_HEADER_BYTES });
    return bytes;
  }

  sendRaw(toPort: number, bytes: Uint8Array): void {
    this.socket.send(bytes, toPort, '127.0.0.1');
  }

  /** Everything heard, in the order it came. */
  get heard(): Int16Array {
    const all = new Int16Array(this.packets.reduce((sum, packet) => sum + packet.samples.length, 0));
    let at = 0;
    for (const { samples } of this.packets) {
      all.set(samples, at);
      at += samples.length;
    }
    return all;
  }

  async close(): Promise<void> {
    this.vanish();
    this.socket.close();
    await once(this.socket, 'close');
  }

  private hear(bytes: Uint8Array): void {
    const packet = new RtpPacket();
    if (packet.parse({ bytes, offset: 0, length: bytes.length }) !== 'none') throw new Error('the leg sent something that is not RTP');
    const samples = new Int16Array(packet.payloadLength / this.codec.bytesPerSample);
    this.codec.decode({ bytes, offset: packet.payloadOffset }, samples.length, samples);
    const { payloadType, sequence, timestamp, ssrc, marker } = packet;
    this.packets.push({ header: { payloadType, sequence, timestamp, ssrc, marker }, samples, atMs: monotonicNowMs() });
  }
}
