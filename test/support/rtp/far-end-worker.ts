/** Takes RTP on a thread of its own, so that a stalled main thread does not stall the clock that judges it. See far-end.ts. */
import { parentPort } from 'node:worker_threads';
import { DgramPacketIo } from '../../../src/adapters/media/dgram-packet-io.js';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { RtpPacket } from '../../../src/domain/audio/rtp-packet.js';
import type { FarPacket } from './far-end.js';

const LOOPBACK = 0x7f000001;
const packets: FarPacket[] = [];
const packet = new RtpPacket();

const io = await DgramPacketIo.open({ address: LOOPBACK, port: 0, receiveBufferBytes: 1 << 20 }, (datagram) => {
  if (packet.parse(datagram) !== 'none') return;
  const loud = datagram.bytes.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadLength).some((byte) => (byte & 0x7f) < 0x60); // µ-law: louder than about 200
  packets.push({ atMs: monotonicNowMs(), sequence: packet.sequence, timestamp: packet.timestamp, loud });
});
parentPort?.postMessage({ port: io.localPort });
parentPort?.once('message', () => {
  parentPort?.postMessage({ packets });
  void io.close();
});
