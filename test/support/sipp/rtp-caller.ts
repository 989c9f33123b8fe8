/**
 * The voice of a scripted SIP caller: sends encoded audio in packets of 20 ms
 * and keeps what comes back. For SIPp scenarios, which only signal.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const PACKET_MS = 20;
/** 20 ms of G.711 and of G.722 alike: 64 kbit/s. */
const PAYLOAD_BYTES = 160;
const HEADER_BYTES = 12;
const VERSION_2 = 0x80;
const PACKETS_MAX = 15_000; // five minutes

export interface ReceivedPacket {
  readonly atMs: number;
  readonly payloadType: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

export class RtpCaller {
  readonly received: ReceivedPacket[] = [];
  sentPackets = 0;
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (message) => {
      if (message.length < HEADER_BYTES || this.received.length >= PACKETS_MAX) return;
      this.received.push({
        atMs: performance.now(), payloadType: (message[1] ?? 0) & 0x7f,
        sequence: message.readUInt16BE(2), payload: message.subarray(HEADER_BYTES),
      });
    });
  }

  static async open(): Promise<RtpCaller> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpCaller(socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Says `audio` (64 kbit/s, whole packets) over and over to Asterisk's port, until it says something else or close(). */
  speak(remotePort: number, payloadType: number, audio: Uint8Array): void {
    const packets = Math.floor(audio.length / PAYLOAD_BYTES);
    const packet = Buffer.alloc(HEADER_BYTES + PAYLOAD_BYTES);
    clearInterval(this.timer);
    const startedAt = performance.now() - this.sentPackets * PACKET_MS;
    packet[0] = VERSION_2;
    packet[1] = payloadType;
    packet.writeUInt32BE(0x51_50_50_01, 8);
    const sendDue = (): void => {
      const due = Math.floor((performance.now() - startedAt) / PACKET_MS);
      while (this.sentPackets <= due) {
        const offset = (this.sentPackets % packets) * PAYLOAD_BYTES;
        packet.writeUInt16BE(this.sentPackets & 0xffff, 2);
        packet.writeUInt32BE(this.sentPackets * PAYLOAD_BYTES, 4);
        packet.set(audio.subarray(offset, offset + PAYLOAD_BYTES), HEADER_BYTES);
        this.socket.send(Buffer.from(packet), remotePort, '127.0.0.1');
        this.sentPackets += 1;
      }
    };
    this.timer = setInterval(sendDue, PACKET_MS / 2);
    sendDue();
  }

  /** What was heard of one payload type, in order of sequence numbers' arrival. */
  heard(payloadType: number): Buffer {
    return Buffer.concat(this.received.filter((packet) => packet.payloadType === payloadType).map(({ payload }) => payload));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.socket.close();
    await once(this.socket, 'close');
  }
}
