import { MessageBatch } from './message-batch.js';
import { SystemCallError } from './system-call-error.js';
import { lastErrno, LINUX, systemCalls, type SystemCalls } from './system-calls.js';

export interface UdpBatchSocketOptions {
  /** IPv4 address to bind, as a number. */
  readonly address: number;
  /** 0 takes any free port. */
  readonly port: number;
  /** Asked of the kernel; what it granted is in `receiveBufferBytes`. */
  readonly receiveBufferBytes: number;
  /** Largest datagram, both ways. Longer ones arrive cut, which `receivedWhole` tells. */
  readonly datagramBytesMax: number;
}

/** Messages per recvmmsg. */
const RECEIVE_BATCH = 256;
/** sendmmsg takes 1024 messages at most (UIO_MAXIOV); more go in several calls. */
const SEND_BATCH = 1024;
const SOCKADDR_BYTES = 16;
const SK_MEMINFO_WORDS = 9;
const SK_MEMINFO_DROPS = 8;

/**
 * A UDP socket whose datagrams move in batches, one system call for up to 256 received and 1024 sent. Never blocks, allocates
 * nothing per datagram. 64-bit little-endian Linux only. Not for the event loop: whoever uses it polls.
 */
export class UdpBatchSocket {
  readonly received: MessageBatch;
  readonly outgoing: MessageBatch;
  readonly localPort: number;
  readonly receiveBufferBytes: number;
  packetsSent = 0;
  /** Datagrams the kernel refused. */
  sendFailures = 0;
  private staged = 0;
  private closed = false;

  private constructor(
    private readonly calls: SystemCalls,
    private readonly fd: number,
    options: UdpBatchSocketOptions,
  ) {
    this.received = new MessageBatch(RECEIVE_BATCH, options.datagramBytesMax);
    this.outgoing = new MessageBatch(SEND_BATCH, options.datagramBytesMax);
    this.receiveBufferBytes = this.growReceiveBuffer(options.receiveBufferBytes);
    this.localPort = this.bind(options);
  }

  /** @throws SystemCallError from socket or bind; errno 98 is "address in use". */
  static open(options: UdpBatchSocketOptions): UdpBatchSocket {
    const calls = systemCalls();
    const fd = calls.socket(LINUX.AF_INET, LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC, 0);
    if (fd < 0) throw new SystemCallError('socket', lastErrno());
    try {
      return new UdpBatchSocket(calls, fd, options);
    } catch (error) {
      calls.close(fd);
      throw error;
    }
  }

  /** Takes up to 256 datagrams into `received` and returns how many; 0 when none waits. */
  receive(): number {
    for (;;) {
      const count = this.calls.recvmmsg(this.fd, this.received.address, RECEIVE_BATCH, LINUX.MSG_DONTWAIT, null);
      if (count >= 0) return count;
      if (lastErrno() !== LINUX.EINTR) return 0; // EAGAIN, or an error of an earlier send reported here: nothing to read
    }
  }

  /** False for a datagram longer than `datagramBytesMax`. */
  receivedWhole(i: number): boolean {
    return (this.received.flags(i) & LINUX.MSG_TRUNC) === 0;
  }

  /** Where in `outgoing.bytes` the next datagram is to be written. Sends what is staged first when the batch is full. */
  reserve(): number {
    if (this.staged === SEND_BATCH) this.flush();
    return this.outgoing.dataOffset(this.staged);
  }

  /** Puts the datagram written at `reserve()` into the batch. */
  stage(length: number, address: number, port: number): void {
    this.outgoing.address4(this.staged, length, address, port);
    this.staged += 1;
  }

  /** Sends the batch. When the kernel has no room the rest is dropped: late audio is worthless. */
  flush(): void {
    let done = 0;
    let sent = 0;
    while (done < this.staged) {
      const count = this.calls.sendmmsg(this.fd, this.outgoing.addressFrom(done), this.staged - done, LINUX.MSG_DONTWAIT);
      if (count > 0) {
        done += count;
        sent += count;
        continue;
      }
      const errno = lastErrno();
      if (errno === LINUX.EINTR) continue;
      if (errno === LINUX.EAGAIN) break;
      done += 1; // this one cannot be sent (no route, port closed): the others can
    }
    this.packetsSent += sent;
    this.sendFailures += this.staged - sent;
    this.staged = 0;
  }

  /** Datagrams the kernel dropped because the receive buffer was full, since the socket was opened. */
  kernelDrops(): number {
    const words = new Int32Array(SK_MEMINFO_WORDS);
    const length = Uint32Array.of(words.byteLength);
    const failed = this.calls.getsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_MEMINFO, words, length) < 0;
    return failed ? 0 : (words[SK_MEMINFO_DROPS] ?? 0) >>> 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.calls.close(this.fd);
  }

  /** SO_RCVBUFFORCE may exceed net.core.rmem_max but needs CAP_NET_ADMIN. The kernel doubles what it grants, for its own overhead. */
  private growReceiveBuffer(bytes: number): number {
    const value = Int32Array.of(bytes);
    if (this.calls.setsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, value, value.byteLength) < 0) {
      this.calls.setsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, value, value.byteLength);
    }
    this.calls.setsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_SNDBUF, value, value.byteLength);
    const granted = new Int32Array(1);
    this.calls.getsockopt(this.fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUF, granted, Uint32Array.of(granted.byteLength));
    return (granted[0] ?? 0) / 2;
  }

  private bind(options: UdpBatchSocketOptions): number {
    const sockaddr = new Uint8Array(SOCKADDR_BYTES);
    const view = new DataView(sockaddr.buffer);
    view.setUint16(0, LINUX.AF_INET, true);
    view.setUint16(2, options.port);
    view.setUint32(4, options.address);
    if (this.calls.bind(this.fd, sockaddr, SOCKADDR_BYTES) < 0) throw new SystemCallError('bind', lastErrno());
    this.calls.getsockname(this.fd, sockaddr, Uint32Array.of(SOCKADDR_BYTES));
    return view.getUint16(2);
  }
}
