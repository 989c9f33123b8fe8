import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { FakeRtpPeer } from './fake-ari.js';

const FRAME_MS = 20;
const HEADER_BYTES = 12;
const FRAME_BYTES = 160;
const ULAW_SILENCE = 0xff;

/**
 * The media end of a fake Asterisk's ExternalMedia channel, µ-law at 8 kHz: sends what the caller says, 50 packets a
 * second, silence when he says nothing, and keeps what it receives. For many calls at once write a sender of your own.
 */
export class UdpRtpPeer implements FakeRtpPeer {
  readonly host = '127.0.0.1';
  /** Payloads received, oldest first. */
  readonly received: Buffer[] = [];
  private said: Buffer[] = [];
  private sequence = 0;
  private readonly startedAtMs = performance.now();
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly socket: Socket, private readonly toHost: string, private readonly toPort: number, onPayload?: (payload: Buffer) => void) {
    socket.on('message', (packet) => {
      const payload = Buffer.from(packet.subarray(HEADER_BYTES));
      if (onPayload) onPayload(payload); else this.received.push(payload);
    });
    socket.on('error', () => undefined); // the gateway's port may be closed already
    this.schedule();
  }

  /** For `FakeAriOptions.openRtpPeer`. @param onPayload gets what is received, which is not kept then. */
  static async open({ externalHost }: { readonly externalHost: string }, onPayload?: (payload: Buffer) => void): Promise<UdpRtpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const [host = '', port = ''] = externalHost.split(':');
    return new UdpRtpPeer(socket, host, Number(port), onPayload);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** The caller says this, µ-law, from the next packet on. */
  say(ulaw: Buffer): void {
    for (let at = 0; at < ulaw.length; at += FRAME_BYTES) this.said.push(ulaw.subarray(at, at + FRAME_BYTES));
  }

  close(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.socket.close();
  }

  private schedule(): void {
    const dueInMs = this.startedAtMs + (this.sequence + 1) * FRAME_MS - performance.now();
    this.timer = setTimeout(() => {
      this.schedule();
      this.send();
    }, Math.max(0, dueInMs));
  }

  private send(): void {
    this.sequence += 1;
    const packet = Buffer.alloc(HEADER_BYTES + FRAME_BYTES, ULAW_SILENCE);
    packet.writeUInt16BE(0x8000, 0); // version 2, payload type 0
    packet.writeUInt16BE(this.sequence & 0xffff, 2);
    packet.writeUInt32BE(this.sequence * FRAME_BYTES, 4);
    packet.writeUInt32BE(1, 8);
    this.said.shift()?.copy(packet, HEADER_BYTES);
    this.socket.send(packet, this.toPort, this.toHost);
  }
}
