import type { MediaIo } from './media-protocol.js';

/** A datagram that arrived, somewhere in a larger buffer; the same object every time, valid during the call only. */
export interface InboundDatagram {
  bytes: Uint8Array;
  offset: number;
  length: number;
  /** Source, IPv4 as a number. */
  address: number;
  port: number;
}

export type DatagramReceiver = (datagram: InboundDatagram) => void;

/** Datagrams longer than this are not audio of ours: 60 ms of slin16 is 1932 bytes. */
export const DATAGRAM_BYTES_MAX = 2048;

/** One UDP socket for all legs. Two ways to drive the kernel, one interface. */
export interface PacketIo {
  readonly kind: MediaIo;
  readonly localPort: number;
  /** What the kernel granted. */
  readonly receiveBufferBytes: number;
  /** Hands over what waits, when the kernel has to be asked. With dgram the event loop does it. Bounded, so that a flood cannot stop the sending. */
  poll(): void;
  /** The buffer to write the next datagram into, from `reserve()` on. -1: there is no room, drop it. */
  readonly outgoing: Uint8Array;
  reserve(): number;
  /** Sends what was written at the reserved place; at the latest with `flush`. */
  send(length: number, address: number, port: number): void;
  flush(): void;
  /** Datagrams the kernel took. */
  readonly packetsSent: number;
  /** Datagrams that could not be sent. */
  readonly sendFailures: number;
  /** Datagrams the kernel dropped because our buffer was full; 0 where it does not tell. */
  kernelDrops(): number;
  close(): Promise<void>;
}
