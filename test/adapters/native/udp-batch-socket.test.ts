import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { SystemCallError } from '../../../src/adapters/native/system-call-error.js';
import { UdpBatchSocket } from '../../../src/adapters/native/udp-batch-socket.js';

const LOOPBACK = 0x7f000001;

function open(port = 0): UdpBatchSocket {
  return UdpBatchSocket.open({ address: LOOPBACK, port, receiveBufferBytes: 1 << 20, datagramBytesMax: 200 });
}

function stage(socket: UdpBatchSocket, text: string, port: number): void {
  const offset = socket.reserve();
  for (let i = 0; i < text.length; i += 1) socket.outgoing.bytes[offset + i] = text.charCodeAt(i);
  socket.stage(text.length, LOOPBACK, port);
}

function taken(socket: UdpBatchSocket): { text: string; address: number; port: number; whole: boolean }[] {
  const count = socket.receive();
  const { received } = socket;
  return Array.from({ length: count }, (_, i) => ({
    text: String.fromCharCode(...received.bytes.subarray(received.dataOffset(i), received.dataOffset(i) + received.length(i))),
    address: received.peerAddress(i),
    port: received.peerPort(i),
    whole: socket.receivedWhole(i),
  }));
}

describe('UdpBatchSocket', function () {
  let sockets: UdpBatchSocket[];

  before(function () {
    if (process.platform !== 'linux') this.skip(); // the plane uses dgram there
  });

  beforeEach(() => { sockets = [open(), open()]; });
  afterEach(() => { for (const socket of sockets) socket.close(); });

  it('exchanges datagrams with a socket of Node, both ways, addresses included', async () => {
    const [batch] = sockets;
    const peer = createSocket('udp4');
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    stage(batch!, 'hello', peer.address().port);
    const heard = once(peer, 'message') as Promise<[Buffer, { port: number }]>;
    batch!.flush();
    const [bytes, source] = await heard;
    expect([bytes.toString(), source.port]).to.deep.equal(['hello', batch!.localPort]);
    peer.send('answer', batch!.localPort, '127.0.0.1');
    let answers = taken(batch!);
    for (let i = 0; i < 100 && answers.length === 0; i += 1) {
      await sleep(5);
      answers = taken(batch!);
    }
    expect(answers).to.deep.equal([{ text: 'answer', address: LOOPBACK, port: peer.address().port, whole: true }]);
    peer.close();
    await once(peer, 'close');
  });

  it('moves more datagrams than a batch holds, in order', () => {
    const [a, b] = sockets;
    for (let n = 0; n < 1500; n += 1) {
      stage(a!, String(n), b!.localPort);
      if (n === 1400) expect(a!.packetsSent).to.equal(1024); // a full batch goes by itself
    }
    a!.flush();
    const texts: string[] = [];
    for (let batch = taken(b!); batch.length > 0; batch = taken(b!)) texts.push(...batch.map(({ text }) => text));
    expect(texts).to.deep.equal(Array.from({ length: 1500 }, (_, n) => String(n)));
    expect(a!.packetsSent).to.equal(1500);
  });

  it('returns at once when nothing waits', () => {
    expect(sockets[0]!.receive()).to.equal(0);
  });

  it('tells a datagram that was cut', () => {
    const [a, b] = sockets;
    const long = UdpBatchSocket.open({ address: LOOPBACK, port: 0, receiveBufferBytes: 1 << 16, datagramBytesMax: 500 });
    stage(long, 'x'.repeat(201), b!.localPort);
    long.flush();
    stage(a!, 'x'.repeat(200), b!.localPort);
    a!.flush();
    expect(taken(b!).map(({ whole }) => whole)).to.deep.equal([false, true]);
    long.close();
  });

  it('leaves out a datagram that cannot be sent and sends the others', () => {
    const [a, b] = sockets;
    stage(a!, 'first', b!.localPort);
    stage(a!, 'nowhere', 0); // EINVAL
    stage(a!, 'last', b!.localPort);
    a!.flush();
    expect(taken(b!).map(({ text }) => text)).to.deep.equal(['first', 'last']);
    expect([a!.packetsSent, a!.sendFailures]).to.deep.equal([2, 1]);
  });

  it('counts what the kernel dropped because nobody read', () => {
    const small = UdpBatchSocket.open({ address: LOOPBACK, port: 0, receiveBufferBytes: 4096, datagramBytesMax: 200 });
    for (let n = 0; n < 500; n += 1) stage(sockets[0]!, 'x'.repeat(150), small.localPort);
    sockets[0]!.flush();
    let arrived = 0;
    for (let count = small.receive(); count > 0; count = small.receive()) arrived += count;
    expect(arrived + small.kernelDrops()).to.equal(500);
    expect(small.kernelDrops()).to.be.above(0);
    small.close();
  });

  it('says which call failed when its port is taken', () => {
    try {
      open(sockets[0]!.localPort).close();
      expect.fail('the port was given twice');
    } catch (error) {
      expect(error).to.be.instanceOf(SystemCallError);
      expect(error).to.include({ call: 'bind', errno: 98 });
    }
  });

  it('may be closed twice', () => {
    sockets[0]!.close();
    sockets[0]!.close();
  });
});
