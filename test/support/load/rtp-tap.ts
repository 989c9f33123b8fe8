/**
 * Listens on the loopback interface to what one UDP port sends, by kernel timestamps and without touching sender or receiver:
 * a packet(7) socket with a filter. Needs CAP_NET_RAW.
 */
import { readFileSync } from 'node:fs';
import { addressOf } from '../../../src/adapters/native/foreign-memory.js';
import { MessageBatch } from '../../../src/adapters/native/message-batch.js';
import { lastErrno, LINUX, systemCalls } from '../../../src/adapters/native/system-calls.js';
import { RtpPacket } from '../../../src/domain/audio/rtp-packet.js';
import { StreamQuality, type StreamQualityReport } from './stream-quality.js';

const AF_PACKET = 17;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23; // on loopback every packet would come twice
const SO_TIMESTAMPNS = 35;
const SO_ATTACH_FILTER = 26;
const ETH_P_IP = 0x0800;
const SOCKADDR_LL_BYTES = 20;
const BATCH = 256;
const BYTES_KEPT = 64; // headers of IP, UDP and RTP
const CONTROL_BYTES = 64;
const CONTROL_HEADER_BYTES = 16;
const MESSAGE_HEADER_BYTES = 64;
const BUFFER_BYTES = 16 * 1024 * 1024;
const POLL_MS = 50;
const UDP_HEADER_BYTES = 8;
const STREAMS_MAX = 4096;

/** UDP, no later fragment, from this port: [code, jump if true, jump if false, operand] of classic BPF. */
const filterFor = (port: number): readonly (readonly [number, number, number, number])[] => [
  [0x30, 0, 0, 9], // protocol
  [0x15, 0, 6, 17],
  [0x28, 0, 0, 6], // fragment offset
  [0x45, 4, 0, 0x1fff],
  [0xb1, 0, 0, 0], // length of the IP header
  [0x48, 0, 0, 0], // source port
  [0x15, 0, 1, port],
  [0x06, 0, 0, BYTES_KEPT],
  [0x06, 0, 0, 0],
];

export class RtpTap {
  private readonly calls = systemCalls();
  private readonly batch = new MessageBatch(BATCH, BYTES_KEPT, CONTROL_BYTES);
  private readonly view = new DataView(this.batch.bytes.buffer);
  private readonly packet = new RtpPacket();
  private readonly quality = new StreamQuality(STREAMS_MAX);
  /** Stream → its index: one for every port and SSRC. */
  private readonly streams = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly fd: number) {
    for (let i = 0; i < BATCH; i += 1) this.view.setBigUint64(i * MESSAGE_HEADER_BYTES, 0n, true); // msg_name: the batch has no room for a sockaddr_ll
    this.quality.measuring = true;
    this.timer = setInterval(() => { this.poll(); }, POLL_MS);
  }

  /** @throws Error where listening is not permitted, or not Linux. */
  static open(sourcePort: number): RtpTap {
    const calls = systemCalls();
    const fd = calls.socket(AF_PACKET, LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC, 0); // bind names the protocol: nothing comes before the filter is there
    if (fd < 0) throw new Error(`packets of the loopback interface cannot be listened to (errno ${lastErrno()}): it takes CAP_NET_RAW`);
    const set = (level: number, name: number, value: Int32Array): boolean => calls.setsockopt(fd, level, name, value, value.byteLength) === 0;
    const program = filterProgram(sourcePort);
    const bound = set(LINUX.SOL_SOCKET, SO_ATTACH_FILTER, program.option) && set(SOL_PACKET, PACKET_IGNORE_OUTGOING, Int32Array.of(1))
      && set(LINUX.SOL_SOCKET, SO_TIMESTAMPNS, Int32Array.of(1)) && calls.bind(fd, loopback(), SOCKADDR_LL_BYTES) === 0;
    if (!bound) {
      calls.close(fd);
      throw new Error(`the tap could not be set up: errno ${lastErrno()}`);
    }
    if (!set(LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, Int32Array.of(BUFFER_BYTES))) set(LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, Int32Array.of(BUFFER_BYTES));
    return new RtpTap(fd);
  }

  get streamsSeen(): number {
    return this.streams.size;
  }

  /** Everything so far. */
  report(): StreamQualityReport {
    this.poll();
    return this.quality.report();
  }

  close(): void {
    clearInterval(this.timer);
    this.calls.close(this.fd);
  }

  private poll(): void {
    for (let count = BATCH; count === BATCH;) {
      for (let i = 0; i < BATCH; i += 1) this.batch.resetControl(i);
      count = this.calls.recvmmsg(this.fd, this.batch.address, BATCH, LINUX.MSG_DONTWAIT, null);
      for (let i = 0; i < count; i += 1) this.take(i);
    }
  }

  private take(i: number): void {
    const ip = this.batch.dataOffset(i);
    const udp = ip + (this.view.getUint8(ip) & 0x0f) * 4;
    const offset = udp + UDP_HEADER_BYTES;
    const { bytes } = this.batch;
    if (this.packet.parse({ bytes, offset, length: ip + this.batch.length(i) - offset }) !== 'none') return;
    const key = `${this.view.getUint16(udp + 2)} ${this.packet.ssrc}`;
    const stream = this.streams.get(key) ?? this.streams.size;
    if (stream >= STREAMS_MAX) return;
    this.streams.set(key, stream);
    this.quality.packet(stream, this.packet.sequence, this.receivedAtMs(i));
  }

  /** The one control message asked for, cmsg(3): header, then a timespec. */
  private receivedAtMs(i: number): number {
    const at = this.batch.controlOffset(i) + CONTROL_HEADER_BYTES;
    return this.view.getUint32(at, true) * 1000 + this.view.getUint32(at + 8, true) / 1e6;
  }
}

/** struct sockaddr_ll of the loopback interface. */
function loopback(): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_LL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_IP);
  view.setInt32(4, Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8')), true);
  return bytes;
}

/** struct sock_fprog and what it points to; both must live until the kernel has copied them. */
function filterProgram(port: number): { readonly option: Int32Array; readonly instructions: Uint8Array } {
  const filter = filterFor(port);
  const instructions = new Uint8Array(filter.length * 8);
  const view = new DataView(instructions.buffer);
  for (const [index, [code, whenTrue, whenFalse, operand]] of filter.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, whenTrue);
    view.setUint8(index * 8 + 3, whenFalse);
    view.setUint32(index * 8 + 4, operand, true);
  }
  const option = new Int32Array(4);
  const header = new DataView(option.buffer);
  header.setUint16(0, filter.length, true);
  header.setBigUint64(8, addressOf(instructions), true);
  return { option, instructions };
}
