import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { formatIpv4, parseIpv4 } from './ipv4.js';
import { DATAGRAM_BYTES_MAX, type DatagramReceiver, type InboundDatagram, type PacketIo } from './packet-io.js';

/**
 * `send` is asynchronous when the kernel has no room, and reads the buffer then: it must not be written again meanwhile. So the
 * places rotate, and when half of them are on their way the rest of the tick is dropped.
 */
const PLACES = 2048;
const IN_FLIGHT_MAX = PLACES / 2;
const KNOWN_ADDRESSES_MAX = 4096;

export interface DgramPacketIoOptions {
  readonly address: number;
  readonly port: number;
  readonly receiveBufferBytes: number;
}

/** Packets by Node's own dgram, one socket for all legs: everywhere, at twice the CPU of the batched way. */
export class DgramPacketIo implements PacketIo {
  readonly kind = 'dgram';
  readonly outgoing = new Uint8Array(PLACES * DATAGRAM_BYTES_MAX);
  packetsSent = 0;
  sendFailures = 0;
  private place = 0;
  private closed = false;
  private readonly inbound: InboundDatagram = { bytes: this.outgoing, offset: 0, length: 0, address: 0, port: 0 };
  private readonly addresses = new Map<string, number>();
  private readonly hosts = new Map<number, string>();

  private constructor(private readonly socket: Socket, private readonly receiver: DatagramReceiver) {
    socket.on('message', (bytes, source) => { this.handOver(bytes, source); });
    socket.on('error', () => { this.sendFailures += 1; }); // of one datagram: unreachable, refused
  }

  /** @throws the system's error when the address cannot be bound. */
  static async open(options: DgramPacketIoOptions, receiver: DatagramReceiver): Promise<DgramPacketIo> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: options.receiveBufferBytes,
      sendBufferSize: options.receiveBufferBytes,
      // Addresses are numbers already; answering at once keeps send() in the same turn.
      lookup: (host, _options, callback) => { callback(null, host, 4); },
    });
    try {
      const listening = once(socket, 'listening'); // before bind: with an immediate lookup it happens inside
      socket.bind(options.port, formatIpv4(options.address));
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    return new DgramPacketIo(socket, receiver);
  }

  get localPort(): number {
    return this.socket.address().port;
  }

  /** The kernel reports twice what it grants. */
  get receiveBufferBytes(): number {
    return this.socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
  }

  poll(): void {
    // The event loop delivers.
  }

  reserve(): number {
    if (this.socket.getSendQueueCount() > IN_FLIGHT_MAX) {
      this.sendFailures += 1;
      return -1;
    }
    this.place = (this.place + 1) % PLACES;
    return this.place * DATAGRAM_BYTES_MAX;
  }

  send(length: number, address: number, port: number): void {
    if (this.closed) return;
    this.socket.send(this.outgoing, this.place * DATAGRAM_BYTES_MAX, length, port, this.hostOf(address));
    this.packetsSent += 1;
  }

  flush(): void {
    // Each datagram went on its own.
  }

  kernelDrops(): number {
    return 0;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
    await once(this.socket, 'close');
  }

  private handOver(bytes: Uint8Array, source: RemoteInfo): void {
    if (this.closed) return;
    this.inbound.bytes = bytes;
    this.inbound.length = bytes.length > DATAGRAM_BYTES_MAX ? 0 : bytes.length;
    this.inbound.address = this.addressOf(source.address);
    this.inbound.port = source.port;
    this.receiver(this.inbound);
  }

  private addressOf(host: string): number {
    const known = this.addresses.get(host);
    if (known !== undefined) return known;
    const address = parseIpv4(host) ?? 0;
    if (this.addresses.size < KNOWN_ADDRESSES_MAX) this.addresses.set(host, address);
    return address;
  }

  private hostOf(address: number): string {
    const known = this.hosts.get(address);
    if (known !== undefined) return known;
    const host = formatIpv4(address);
    if (this.hosts.size < KNOWN_ADDRESSES_MAX) this.hosts.set(address, host);
    return host;
  }
}
