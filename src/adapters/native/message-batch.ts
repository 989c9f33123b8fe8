import { addressOf } from './foreign-memory.js';

/**
 * An array of `struct mmsghdr` with everything the headers point to, in one arena: filled once, then used for every
 * recvmmsg and sendmmsg. Per message: header 64 bytes, iovec 16, sockaddr_in 16, data, and control data if wanted. Layout of 64-bit little-endian Linux,
 * <bits/socket.h>: msg_name 0, msg_namelen 8, msg_iov 16, msg_iovlen 24, msg_control 32, msg_controllen 40, msg_flags 48, msg_len 56.
 */
const HEADER_BYTES = 64;
const IOVEC_BYTES = 16;
const SOCKADDR_BYTES = 16;
const NAME_LENGTH_OFFSET = 8;
const IOVEC_OFFSET = 16;
const IOVEC_COUNT_OFFSET = 24;
const CONTROL_OFFSET = 32;
const CONTROL_LENGTH_OFFSET = 40;
const FLAGS_OFFSET = 48;
const LENGTH_OFFSET = 56;
const AF_INET = 2;

export class MessageBatch {
  /** The whole arena; message `i`'s data begins at `dataOffset(i)`. */
  readonly bytes: Uint8Array;
  /** Address of the first header. */
  readonly address: bigint;
  private readonly view: DataView;
  private readonly iovecBase: number;
  private readonly sockaddrBase: number;
  private readonly dataBase: number;
  private readonly controlBase: number;

  constructor(readonly count: number, readonly dataBytes: number, readonly controlBytes = 0) {
    this.iovecBase = count * HEADER_BYTES;
    this.sockaddrBase = this.iovecBase + count * IOVEC_BYTES;
    this.dataBase = this.sockaddrBase + count * SOCKADDR_BYTES;
    this.controlBase = this.dataBase + count * dataBytes;
    const arena = new ArrayBuffer(this.controlBase + count * controlBytes);
    this.bytes = new Uint8Array(arena);
    this.view = new DataView(arena);
    this.address = addressOf(arena);
    for (let i = 0; i < count; i += 1) this.link(i);
  }

  dataOffset(i: number): number {
    return this.dataBase + i * this.dataBytes;
  }

  /** Where message `i`'s control data (cmsg) begins. */
  controlOffset(i: number): number {
    return this.controlBase + i * this.controlBytes;
  }

  /** After a receive: bytes of message `i`. */
  length(i: number): number {
    return this.view.getUint32(i * HEADER_BYTES + LENGTH_OFFSET, true);
  }

  /** After a receive: the MSG_* flags of message `i`. */
  flags(i: number): number {
    return this.view.getUint32(i * HEADER_BYTES + FLAGS_OFFSET, true);
  }

  /** IPv4 address as a number, 127.0.0.1 = 0x7f000001. */
  peerAddress(i: number): number {
    return this.view.getUint32(this.sockaddrBase + i * SOCKADDR_BYTES + 4);
  }

  peerPort(i: number): number {
    return this.view.getUint16(this.sockaddrBase + i * SOCKADDR_BYTES + 2);
  }

  /** Before a send: where message `i` goes and how long it is. */
  address4(i: number, length: number, address: number, port: number): void {
    const sockaddr = this.sockaddrBase + i * SOCKADDR_BYTES;
    this.view.setUint16(sockaddr + 2, port);
    this.view.setUint32(sockaddr + 4, address);
    this.view.setUint32(this.iovecBase + i * IOVEC_BYTES + 8, length, true);
  }

  /** Before a receive: the room for control data, which the kernel overwrites with what it wrote. */
  resetControl(i: number): void {
    this.view.setUint32(i * HEADER_BYTES + CONTROL_LENGTH_OFFSET, this.controlBytes, true);
  }

  /** After a receive: bytes of control data of message `i`. */
  controlLength(i: number): number {
    return this.view.getUint32(i * HEADER_BYTES + CONTROL_LENGTH_OFFSET, true);
  }

  /** Address of header `i`, for a send that goes on from there. */
  addressFrom(i: number): bigint {
    return i === 0 ? this.address : this.address + BigInt(i * HEADER_BYTES);
  }

  private link(i: number): void {
    const header = i * HEADER_BYTES;
    const iovec = this.iovecBase + i * IOVEC_BYTES;
    const sockaddr = this.sockaddrBase + i * SOCKADDR_BYTES;
    this.view.setUint16(sockaddr, AF_INET, true);
    this.view.setBigUint64(header, this.address + BigInt(sockaddr), true);
    this.view.setUint32(header + NAME_LENGTH_OFFSET, SOCKADDR_BYTES, true);
    this.view.setBigUint64(header + IOVEC_OFFSET, this.address + BigInt(iovec), true);
    this.view.setBigUint64(header + IOVEC_COUNT_OFFSET, 1n, true);
    this.view.setBigUint64(iovec, this.address + BigInt(this.dataOffset(i)), true);
    this.view.setUint32(iovec + 8, this.dataBytes, true);
    if (this.controlBytes === 0) return;
    this.view.setBigUint64(header + CONTROL_OFFSET, this.address + BigInt(this.controlOffset(i)), true);
    this.view.setUint32(header + CONTROL_LENGTH_OFFSET, this.controlBytes, true);
  }
}
