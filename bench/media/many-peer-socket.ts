import koffi from 'koffi';
import { MessageBatch } from '../../src/adapters/native/message-batch.js';
import { LINUX, systemCalls } from '../../src/adapters/native/system-calls.js';

/**
 * One UDP socket that is many peers on loopback: peer n sends from and listens on 127.1.x.y with the same port. The source address
 * travels as control data (IP_PKTINFO), and so does the kernel's time of arrival (SO_TIMESTAMPNS). Linux only, for the bench.
 */
const FIRST_PEER = 0x7f010001; // 127.1.0.1
const LOOPBACK = 0x7f000001;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const SO_TIMESTAMPNS = 35;
const CMSG_HEADER_BYTES = 16;
const PKTINFO_CMSG_BYTES = CMSG_HEADER_BYTES + 12;
const CONTROL_BYTES = 80; // a timespec and a pktinfo with their headers: 32 + 32, and room
const DATAGRAM_BYTES = 512;
const RECEIVE_BATCH = 256;
const SEND_BATCH = 256;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const SOCKADDR_BYTES = 16;
const NS_PER_MS = 1e6;
const MS_PER_S = 1000;

export interface Arrival {
  peer: number;
  atMs: number;
  offset: number;
  length: number;
}

export class ManyPeerSocket {
  readonly port: number;
  readonly received = new MessageBatch(RECEIVE_BATCH, DATAGRAM_BYTES, CONTROL_BYTES);
  readonly outgoing = new MessageBatch(SEND_BATCH, DATAGRAM_BYTES, 32);
  sent = 0;
  private readonly calls = systemCalls();
  private readonly fd: number;
  private readonly control: DataView;
  private readonly outControl: DataView;
  private readonly arrival: Arrival = { peer: 0, atMs: 0, offset: 0, length: 0 };
  private staged = 0;

  constructor() {
    const { calls } = this;
    this.control = new DataView(this.received.bytes.buffer);
    this.outControl = new DataView(this.outgoing.bytes.buffer);
    this.fd = calls.socket(LINUX.AF_INET, LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC, 0);
    const one = Int32Array.of(1);
    const size = Int32Array.of(RECEIVE_BUFFER_BYTES);
    calls.setsockopt(this.fd, IPPROTO_IP, IP_PKTINFO, one, 4);
    calls.setsockopt(this.fd, LINUX.SOL_SOCKET, SO_TIMESTAMPNS, one, 4);
    if (calls.setsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, size, 4) < 0) calls.setsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, size, 4);
    const sockaddr = new Uint8Array(SOCKADDR_BYTES);
    const view = new DataView(sockaddr.buffer);
    view.setUint16(0, LINUX.AF_INET, true);
    if (calls.bind(this.fd, sockaddr, SOCKADDR_BYTES) < 0) throw new Error(`bind: errno ${koffi.errno()}`);
    calls.getsockname(this.fd, sockaddr, Uint32Array.of(SOCKADDR_BYTES));
    this.port = view.getUint16(2);
    for (let i = 0; i < SEND_BATCH; i += 1) this.prepareControl(this.outgoing.controlOffset(i));
  }

  static hostOf(peer: number): string {
    const address = FIRST_PEER + peer;
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
  }

  reserve(): number {
    if (this.staged === SEND_BATCH) this.flush();
    return this.outgoing.dataOffset(this.staged);
  }

  stage(peer: number, length: number, toPort: number): void {
    this.outgoing.address4(this.staged, length, LOOPBACK, toPort);
    this.outControl.setUint32(this.outgoing.controlOffset(this.staged) + CMSG_HEADER_BYTES + 4, FIRST_PEER + peer);
    this.staged += 1;
  }

  flush(): void {
    for (let done = 0; done < this.staged; ) {
      const count = this.calls.sendmmsg(this.fd, this.outgoing.addressFrom(done), this.staged - done, LINUX.MSG_DONTWAIT);
      if (count <= 0) break; // the generator's own losses are seen as packets not sent
      done += count;
      this.sent += count;
    }
    this.staged = 0;
  }

  /** Hands every waiting datagram to `take`; the same object each time. */
  receive(take: (arrival: Arrival) => void): void {
    for (let count = RECEIVE_BATCH; count === RECEIVE_BATCH; ) {
      for (let i = 0; i < RECEIVE_BATCH; i += 1) this.received.resetControl(i);
      count = this.calls.recvmmsg(this.fd, this.received.address, RECEIVE_BATCH, LINUX.MSG_DONTWAIT, null);
      for (let i = 0; i < count; i += 1) {
        this.readControl(i);
        this.arrival.offset = this.received.dataOffset(i);
        this.arrival.length = this.received.length(i);
        take(this.arrival);
      }
    }
  }

  kernelDrops(): number {
    const words = new Int32Array(9);
    this.calls.getsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_MEMINFO, words, Uint32Array.of(words.byteLength));
    return (words[8] ?? 0) >>> 0;
  }

  close(): void {
    this.calls.close(this.fd);
  }

  private prepareControl(at: number): void {
    this.outControl.setBigUint64(at, BigInt(PKTINFO_CMSG_BYTES), true);
    this.outControl.setInt32(at + 8, IPPROTO_IP, true);
    this.outControl.setInt32(at + 12, IP_PKTINFO, true);
  }

  /** Walks the control messages of datagram `i`: when it arrived, and which of our addresses it was for. */
  private readControl(i: number): void {
    const end = this.received.controlOffset(i) + this.received.controlLength(i);
    for (let at = this.received.controlOffset(i); at + CMSG_HEADER_BYTES <= end; ) {
      const length = this.control.getUint32(at, true);
      const type = this.control.getInt32(at + 12, true);
      const data = at + CMSG_HEADER_BYTES;
      if (type === IP_PKTINFO) this.arrival.peer = this.control.getUint32(data + 8) - FIRST_PEER;
      else if (type === SO_TIMESTAMPNS) {
        const seconds = this.control.getUint32(data, true); // good until 2106
        this.arrival.atMs = seconds * MS_PER_S + this.control.getUint32(data + 8, true) / NS_PER_MS;
      }
      if (length === 0) return;
      at += (length + 7) & ~7;
    }
  }
}
